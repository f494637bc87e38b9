/** How a process with a store starts and ends. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { runScript } from '../support/run.js';

const PRELOAD = fileURLToPath(new URL('../fixtures/preload.mjs', import.meta.url));

function base(): Base {
  const made = new Base({ seer: { number: integer(1) } });
  made.writeValues('seer', { number: 2 });
  return made;
}

function environment({ directory }: Base): { env: Record<string, string> } {
  return { env: { SENTRY_OPTIONS_DIR: directory } };
}

describe('a process', () => {
  it('that calls init() and returns exits with code 0', async () => {
    const outcome = await runScript('init-and-return.mjs', environment(base()));
    expect(outcome).toEqual({ code: 0, signal: null, stdout: '2\n', stderr: '' });
  });

  it('that does not catch what init() throws ends with the class of the error, and all that it says', async () => {
    const made = base();
    made.writeSchema('seer', '{');
    const outcome = await runScript('init-and-return.mjs', environment(made));
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    const message = `Schema error in ${made.directory}/schemas/seer/schema.json:\n\tFailed to parse JSON: EOF`;
    expect(outcome.stderr).toContain(`\nSchemaError: ${message}`);
  });

  it('that closes its store is done within 100 ms, reads on, keeps no handle, and may begin again', async () => {
    const outcome = await runScript('close.mjs', environment(base()));
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
  ])('with a preload by %s runs it in its own threads only', async (_name, options) => {
    const made = base();
    const env = { ...environment(made).env, ...('env' in options ? options.env : {}) };
    const outcome = await runScript('init-and-return.mjs', { ...options, env });
    expect(outcome).toEqual({ code: 0, signal: null, stdout: 'preloaded in main\n2\n', stderr: '' });
  });
});

describe('init() that gets no first value in time', () => {
  it('throws, leaves nothing behind, and may be tried again', async () => {
    const outcome = await runScript('slow-start.mjs', environment(base()));
    expect(outcome).toEqual({
      code: 0,
      signal: null,
      stdout: 'StartTimeoutError START_TIMEOUT\n2\n',
      stderr: '',
    });
  });
});

describe('init() with bad files throws at once, and leaves nothing behind', () => {
  async function failure(made: Base): Promise<Record<string, string>> {
    const outcome = await runScript('failing-init.mjs', environment(made));
    const [error, after] = outcome.stdout.trim().split('\n');
    expect(after).toBe('NotInitializedError');
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(error as string);
  }

  it('of a schema', async () => {
    const made = base();
    made.writeSchema('relay', '{"version": "1.0", "type": "object", "properties": {"port": {"type": "integer"}}}');
    const error = await failure(made);
    expect(error).toMatchObject({
      name: 'SchemaError',
      code: 'SCHEMA_INVALID',
      file: `${made.directory}/schemas/relay/schema.json`,
    });
    expect(error.message).toContain('port');
    expect(error.message).toContain('"default" is a required property');
  });

  it('of values', async () => {
    const made = base();
    made.writeValues('seer', { number: 'many' });
    expect(await failure(made)).toEqual({
      name: 'ValuesError',
      code: 'VALUES_INVALID',
      file: made.valuesFile('seer'),
      message:
        `Failed to load values from ${made.directory}/values: Value error for seer:\n` +
        `\tnumber "many" is not of type "integer"\n  in ${made.valuesFile('seer')}`,
    });
  });

  it('where there is no schemas directory', async () => {
    const made = new Base({});
    const error = await failure(made);
    expect(error.name).toBe('SchemaError');
    expect(error.message).toContain(`${made.directory}/schemas`);
  });
});
