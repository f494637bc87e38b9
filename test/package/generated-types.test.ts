/** Tests that the output of `generate-types` compiles with the published declarations and rejects wrong uses. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/base.js';
import { runCli } from '../support/run-cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FEATURE = { $ref: '#/definitions/Feature' };

const SHOP = {
  'max-retries': { type: 'integer', default: 3, description: 'How often a job is tried again.' },
  ratio: { type: 'number', default: 0.5, description: 'd' },
  name: { type: 'string', default: '', description: 'd' },
  'feature.enabled': { type: 'boolean', default: false, description: 'd' },
  hosts: { type: 'array', items: { type: 'string' }, default: ['a'], description: 'd' },
  limits: {
    type: 'object',
    properties: {
      perMinute: { type: 'integer' },
      burst: { type: 'integer', optional: true },
      windows: { type: 'array', items: { type: 'array', items: { type: 'number' } } },
    },
    default: { perMinute: 1, windows: [] },
    description: 'd',
  },
  weights: { type: 'object', additionalProperties: { type: 'number' }, default: {}, description: 'd' },
  mixed: {
    type: 'object',
    properties: { id: { type: 'string' }, note: { type: 'string', optional: true } },
    additionalProperties: { type: 'integer' },
    default: { id: 'a' },
    description: 'd',
  },
  nothing: { type: 'object', properties: {}, default: {}, description: 'd' },
  'feature.rollout': FEATURE,
};

/** Strings in a schema that try to end a comment, a string or a name. */
const HOSTILE = [
  '*/ } } }; const x: never = 1; /*',
  'it\'s "quoted" \\ and `so` on',
  'two\nlines\r\nand\u2028more\u2029*/\u0000\u0007',
  '__proto__',
  'constructor',
  '1',
  '😀 $',
  '',
];
const hostile = Object.fromEntries(
  HOSTILE.map((text) => [
    text,
    {
      type: 'object',
      properties: Object.fromEntries(HOSTILE.map((name) => [name, { type: 'string' }])),
      default: Object.fromEntries(HOSTILE.map((name) => [name, text])),
      description: text,
    },
  ]),
);

/** The member of a schema that declares flags by pattern. */
const PATTERN = `"patternProperties": ${JSON.stringify({ '^feature\\.': FEATURE })}`;

/** @param more other members of the schema, as JSON */
function formatSchema(properties: object, more?: string): string {
  // Not with JSON.stringify(properties): a name `__proto__` must become a member.
  const members = Object.entries(properties).map(
    ([name, option]) => `${JSON.stringify(name)}: ${JSON.stringify(option)}`,
  );
  const declared = members.length > 0 || more === undefined ? [`"properties": {${members.join(', ')}}`] : [];
  return `{"version": "1.0", "type": "object", ${[...declared, ...(more === undefined ? [] : [more])].join(', ')}}`;
}

/** Creates a directory with schemas. Those of `open` also declare flags by pattern. */
function makeProject(schemas: Record<string, object>, open: readonly string[] = []): string {
  const folder = temporaryDirectory();
  for (const [namespace, properties] of Object.entries(schemas)) {
    const file = join(folder, 'sentry-options/schemas', namespace, 'schema.json');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, formatSchema(properties, open.includes(namespace) ? PATTERN : undefined));
  }
  return folder;
}

async function generate(folder: string, ...args: string[]) {
  return await runCli(['generate-types', ...args], { cwd: folder });
}

const PROGRAM = `
import { features, options, snapshot } from 'sentry-options';
import { overrideOptions } from 'sentry-options/testing';
import './options.js';

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

const shop = options('shop');
const retries: number = shop.get('max-retries');
const ratio: number = shop.get('ratio');
const name: string = shop.option('name').value;
const enabled: boolean = snapshot().namespace('shop').get('feature.enabled');
const hosts = shop.get('hosts');
const hostsAreStrings: Same<typeof hosts, readonly string[]> = true;
const limits = shop.get('limits');
limits.perMinute.toFixed();
limits.burst?.toFixed();
limits.windows[0]?.[0]?.toFixed();
const anyWeight = shop.get('weights')['any'];
const weightsAreNumbers: Same<typeof anyWeight, number | undefined> = true;
const id: string = shop.get('mixed').id;
const other = shop.get('mixed')['other'];
const othersAreBoth: Same<typeof other, string | number | undefined> = true;
const hostile: string = options('its-hostile').get('__proto__').constructor + options('its-hostile').get('')[''];
const team: string = shop.get('feature.rollout').owner.team;
const isOn: boolean = features('shop').has('rollout', { organization_id: 1 });
const open = options('open');
const openKeys: Same<Parameters<typeof open.isset>[0], 'max-retries' | 'feature.listed' | \`feature.\${string}\`> = true;
const openFlag = open.get('feature.any');
const openFlagIsFeature: Same<typeof openFlag, ReturnType<typeof shop.get<'feature.rollout'>>> = true;
const openRetries: Same<ReturnType<typeof open.get<'max-retries'>>, number> = true;
const areOn: boolean = features('open').has('any') && features('open').has('listed') && features('only').has('any');
overrideOptions('open', { 'max-retries': 1, 'feature.any': openFlag });
overrideOptions('shop', { 'max-retries': 1, limits: { perMinute: 1, windows: [[1]] }, mixed: { id: 'a', other: 1 } });
options('undeclared').get('anything');
options('empty');

// @ts-expect-error: there is no such option
shop.get('max-retrys');
// @ts-expect-error: a number is not a string
const text: string = shop.get('max-retries');
// @ts-expect-error: the field may be missing
limits.burst.toFixed();
// @ts-expect-error: there is no such field
limits.perHour;
// @ts-expect-error: values are frozen
limits.perMinute = 2;
// @ts-expect-error: lists are frozen, too
shop.get('hosts').push('b');
// @ts-expect-error: a map of numbers
const weight: string | undefined = shop.get('weights')['any'];
// @ts-expect-error: the struct has no fields
overrideOptions('shop', { nothing: { a: 1 } });
// @ts-expect-error: a field is missing
overrideOptions('shop', { limits: { windows: [] } });
// @ts-expect-error: a string is not a number
overrideOptions('shop', { 'max-retries': 'many' });
// @ts-expect-error: there is no such flag
features('shop').has('rolout');
// @ts-expect-error: only names with the prefix are flags
open.get('features.any');
// @ts-expect-error: a number is no flag
overrideOptions('open', { 'feature.any': 1 });
// @ts-expect-error: only flags are declared
options('only').get('max-retries');
// @ts-expect-error: the namespace declares no options
options('empty').get('anything');

export { areOn, enabled, openFlagIsFeature, openKeys, openRetries, hostile, hostsAreStrings, id, isOn, othersAreBoth, weightsAreNumbers, name, ratio, retries, team, text, weight };
`;

describe('generated types', () => {
  it('Generated types compile, and reject wrong keys and types', async () => {
    const listed = { 'max-retries': SHOP['max-retries'], 'feature.listed': FEATURE };
    const schemas = { shop: SHOP, 'its-hostile': hostile, empty: {}, open: listed, only: {} };
    const folder = makeProject(schemas, ['open', 'only']);
    expect(await generate(folder, '--out', 'options.ts')).toMatchObject({ code: 0, stdout: '' });
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');

    const installed = join(folder, 'node_modules/sentry-options');
    const tsc = (...args: string[]) => {
      const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    };
    tsc('-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(installed, 'dist/types'));
    cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
    const strict = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--verbatimModuleSyntax'];
    tsc(
      '--noEmit',
      ...strict,
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      'options.ts',
      'program.ts',
    );
  });

  it('Generated types do not depend on the order of options', async () => {
    const reversed = Object.fromEntries(Object.entries(SHOP).reverse());
    const { stdout } = await generate(makeProject({ shop: SHOP, cart: {} }));
    expect((await generate(makeProject({ cart: {}, shop: reversed }))).stdout).toBe(stdout);
    expect(stdout).toContain('@default {"perMinute":1,"windows":[]}');
  });

  it('Generated types contain descriptions and defaults, and truncate long defaults', async () => {
    const long = { type: 'string', default: 'x'.repeat(1_000), description: '' };
    const { stdout } = await generate(makeProject({ shop: { 'max-retries': SHOP['max-retries'], long } }));
    expect(
      stdout,
    ).toBe(`// Made by \`sentry-options generate-types\`. Do not edit it: change the schemas, and run that again.
export {};

declare module 'sentry-options' {
  interface OptionTypes {
    shop: {
      /**
       * @default "${'x'.repeat(199)}…
       */
      long: string;
      /**
       * How often a job is tried again.
       *
       * @default 3
       */
      'max-retries': number;
    };
  }
}
`);
  });
});

describe('generate-types', () => {
  it('--check names the command to run if the file is outdated', async () => {
    const folder = makeProject({ shop: SHOP });
    const args = ['--schemas', './sentry-options/schemas', '--out', 'my types/options.d.ts'];
    const command =
      "  sentry-options generate-types --schemas ./sentry-options/schemas --out 'my types/options.d.ts'\n";
    expect(await generate(folder, ...args, '--check')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `ERROR sentry-options: my types/options.d.ts does not exist. Run this command and commit the file:\n${command}`,
    });

    expect(await generate(folder, ...args)).toMatchObject({ code: 0, stderr: / INFO .*Wrote types/ });
    expect(await generate(folder, ...args, '--check')).toMatchObject({ code: 0, stdout: '' });

    const file = join(folder, 'my types/options.d.ts');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll('\n', '\r\n'));
    expect(await generate(folder, ...args, '--check')).toMatchObject({ code: 0 });

    writeFileSync(file, text.replace('number', 'string'));
    const { mtimeNs } = statSync(file, { bigint: true });
    const stale = `my types/options.d.ts is not up to date with the schemas. Run this command and commit the file:\n${command}`;
    expect(await generate(folder, ...args, '--check')).toMatchObject({
      code: 1,
      stderr: `ERROR sentry-options: ${stale}`,
    });
    expect(statSync(file, { bigint: true }).mtimeNs).toBe(mtimeNs);

    expect(await generate(folder, ...args, '--quiet')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('generate-types does not touch a current file', async () => {
    const folder = makeProject({ shop: SHOP });
    await generate(folder, '--out', 'options.d.ts');
    const before = statSync(join(folder, 'options.d.ts'), { bigint: true });
    expect((await generate(folder, '--out', 'options.d.ts')).stderr).toContain(
      'Types are up to date path=options.d.ts',
    );
    expect(statSync(join(folder, 'options.d.ts'), { bigint: true })).toMatchObject({
      ino: before.ino,
      mtimeNs: before.mtimeNs,
    });
  });

  it('--check and --json require --out', async () => {
    const { code, stderr } = await generate(makeProject({ shop: SHOP }), '--check');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: '--check' requires the file to compare with:\n {2}--out <OUT>\n/);
    const json = await generate(makeProject({ shop: SHOP }), '--json');
    expect([json.code, json.stderr]).toEqual([
      2,
      expect.stringContaining("'--json' requires the file to write:\n  --out <OUT>\n"),
    ]);
  });

  it('--json prints what is wrong', async () => {
    const folder = makeProject({ shop: { a: { type: 'integer', default: 'x', description: 'd' } } });
    const { code, stdout } = await generate(folder, '--out', 'options.d.ts', '--json');
    const issue = { severity: 'error', file: 'sentry-options/schemas/shop/schema.json' };
    expect([code, JSON.parse(stdout)]).toMatchObject([1, { issues: [issue] }]);
  });

  it('generate-types writes nothing if a schema is invalid', async () => {
    const folder = makeProject({ shop: { a: { type: 'integer', default: 'x', description: 'd' } } });
    const { code, stdout, stderr } = await generate(folder, '--out', 'options.d.ts');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('sentry-options/schemas/shop/schema.json');
    expect(statSync(join(folder, 'options.d.ts'), { throwIfNoEntry: false })).toBeUndefined();
  });

  it('generate-types finds the schemas from a subdirectory, but not beyond the repository', async () => {
    const folder = makeProject({ shop: SHOP });
    mkdirSync(join(folder, 'packages/a/src'), { recursive: true });
    const expected = (await generate(folder)).stdout;
    expect((await generate(join(folder, 'packages/a/src'))).stdout).toBe(expected);

    mkdirSync(join(folder, 'packages/a/.git'));
    const { code, stderr } = await generate(join(folder, 'packages/a/src'));
    expect(code).toBe(1);
    expect(stderr).toContain('sentry-options/schemas');
  });
});
