/**
 * The packed package where nothing but Node and esbuild is needed: loaded, bundled, and on hosts that forbid something.
 * `npm run test:environments` does the same with everything else.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GROUPS } from './environments/groups.mjs';
import { check, mayMount, pack } from './environments/host.mjs';

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sentry-options-environments-package-'));
  tarball = await pack(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const canMount = await mayMount();

describe.each(Object.entries(GROUPS))('%s', (_group, environments) => {
  const here = environments.filter(({ quick, mounts }) => quick && (mounts === undefined || canMount));
  it.each(here.map((environment) => [environment.name, environment] as const))('%s', async (_name, environment) => {
    // Rejects where the program prints or says anything else than the environment is described with.
    const outcome = await check(environment, tarball);
    expect(outcome).toMatch(environment.says ?? /^works/);
  });
});

it('each environment has its row in docs/compatibility.md', () => {
  const page = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  const written =
    /<!-- environments: begin -->(?<tables>.*)<!-- environments: end -->/s.exec(page)?.groups?.tables ?? '';
  const names = Object.values(GROUPS).flatMap((environments) => environments.map(({ name }) => name));
  expect(names.filter((name) => !written.includes(`\n| ${name} `))).toEqual([]);
});
