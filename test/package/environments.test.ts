/**
 * Tests the packed package in the environments that need only Node and esbuild. `npm run test:environments` covers all
 * environments.
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

describe.each(Object.entries(GROUPS))('the group of environments %s', (_group, environments) => {
  const here = environments.filter(({ quick, mounts }) => quick && (mounts === undefined || canMount));
  it.each(here.map((environment) => [environment.name, environment] as const))(
    'The package works or fails as documented: %s',
    async (_name, environment) => {
      // Rejects if the program prints anything other than the environment's description.
      const outcome = await check(environment, tarball);
      expect(outcome).toMatch(environment.error ?? /^works/);
    },
  );
});

it('docs/compatibility.md has a row for each environment', () => {
  const page = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  const written =
    /<!-- environments: begin -->(?<tables>.*)<!-- environments: end -->/s.exec(page)?.groups?.tables ?? '';
  const names = Object.values(GROUPS).flatMap((environments) => environments.map(({ name }) => name));
  expect(names.filter((name) => !written.includes(`\n| ${name} `))).toEqual([]);
});
