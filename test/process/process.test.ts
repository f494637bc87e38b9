/** Tests how a process with a store starts and ends. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { alwaysOn } from '../../src/testing/features.js';
import { Base, integer, patternSchema } from '../support/base.js';
import { runScript } from '../support/run.js';

const PRELOAD = fileURLToPath(new URL('../fixtures/preload.mjs', import.meta.url));

function makeBase(): Base {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  return base;
}

function makeEnvironment({ directory }: Base): { env: Record<string, string> } {
  return { env: { SENTRY_OPTIONS_DIR: directory } };
}

describe('a process with a store', () => {
  it('A process that calls init() and returns exits with code 0', async () => {
    const outcome = await runScript('init-and-return.mjs', makeEnvironment(makeBase()));
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '2\n', stderr: '' });
  });

  it('A process that does not catch the error of init() prints its class and message', async () => {
    const base = makeBase();
    base.writeSchema('seer', '{');
    const outcome = await runScript('init-and-return.mjs', makeEnvironment(base));
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    const message = `Schema error in ${base.directory}/schemas/seer/schema.json:\n\tFailed to parse JSON: EOF`;
    expect(outcome.stderr).toContain(`\nSchemaError: ${message}`);
  });

  it('close() takes at most 100 ms, leaves no handle, and allows reads and another init()', async () => {
    const outcome = await runScript('close.mjs', makeEnvironment(makeBase()));
    expect(outcome).toEqual({
      code: 0,
      signal: null,
      stdout: 'in time\n2\nin time\n2\nin time\n2\nnothing left\nNotInitializedError\n',
      stderr: '',
    });
  });

  it.each([
    ['--import', { nodeArguments: ['--import', PRELOAD] }],
    ['NODE_OPTIONS', { env: { NODE_OPTIONS: `--import ${PRELOAD}` } }],
  ])('A preload by %s does not run in the watcher thread', async (_name, options) => {
    const base = makeBase();
    const env = { ...makeEnvironment(base).env, ...('env' in options ? options.env : {}) };
    const outcome = await runScript('init-and-return.mjs', { ...options, env });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: 'preloaded in main\n2\n', stderr: '' });
  });
});

describe('init() that times out', () => {
  it('init() without a first value in time throws, leaves nothing behind, and can be retried', async () => {
    const outcome = await runScript('slow-start.mjs', makeEnvironment(makeBase()));
    expect(outcome).toEqual({
      code: 0,
      signal: null,
      stdout: 'StartTimeoutError START_TIMEOUT\n2\n',
      stderr: '',
    });
  });
});

describe('init() with invalid files', () => {
  async function failInit(base: Base): Promise<Record<string, string>> {
    const outcome = await runScript('failing-init.mjs', makeEnvironment(base));
    const [error, after] = outcome.stdout.trim().split('\n');
    expect(after).toBe('NotInitializedError');
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(error as string);
  }

  it('init() throws for an invalid schema and leaves no store', async () => {
    const base = makeBase();
    base.writeSchema('relay', '{"version": "1.0", "type": "object", "properties": {"port": {"type": "integer"}}}');
    const error = await failInit(base);
    expect(error).toMatchObject({
      name: 'SchemaError',
      code: 'SCHEMA_INVALID',
      file: `${base.directory}/schemas/relay/schema.json`,
    });
    expect(error.message).toContain('port');
    expect(error.message).toContain('"default" is a required property');
  });

  it('init() throws for invalid values and leaves no store', async () => {
    const base = makeBase();
    base.writeValues('seer', { number: 'many' });
    expect(await failInit(base)).toEqual({
      name: 'ValuesError',
      code: 'VALUES_INVALID',
      file: base.valuesFile('seer'),
      message:
        `Failed to load values from ${base.directory}/values: Value error for seer:\n` +
        `\tnumber "many" is not of type "integer"\n  in ${base.valuesFile('seer')}`,
    });
  });

  it('init() throws without a schemas directory and leaves no store', async () => {
    const base = new Base({});
    const error = await failInit(base);
    expect(error.name).toBe('SchemaError');
    expect(error.message).toContain(`${base.directory}/schemas`);
  });
});

describe('names from outside', () => {
  it('A name that no schema declares, or no file sets, keeps no memory, whatever it is passed to', async () => {
    const base = makeBase();
    base.writeSchema('open', patternSchema());
    base.writeValues('open', { 'feature.a': alwaysOn() });
    const outcome = await runScript('unknown-names.mjs', {
      ...makeEnvironment(base),
      nodeArguments: ['--expose-gc'],
      arguments: ['5000'],
    });
    const kept = JSON.parse(outcome.stdout);
    // A remembered name takes hundreds of bytes.
    expect(Object.entries(kept).filter(([, bytes]) => (bytes as number) > 100)).toEqual([]);
    expect(Object.keys(kept)).toHaveLength(26);
  });
});
