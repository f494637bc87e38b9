/** A watcher thread that cannot start: init() says so at once, names what is to be changed, and the host goes on. */
import { describe, expect, it } from 'vitest';
import { Base, integer } from '../support/base.js';
import { type Outcome, runScript } from '../support/run.js';
import { runInShell } from '../support/shell.js';
import { buildVariant, type Edit } from '../support/variant.js';

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
const PERMISSION = NODE_MAJOR === 20 ? '--experimental-permission' : '--permission';

function base(): Base {
  const made = new Base({ seer: { number: integer(1) } });
  made.writeValues('seer', { number: 2 });
  return made;
}

/** What `failing-init.mjs` says of the error. It waits for 45 s if need be: what is known at once is not waited for. */
function thrown({ code, stdout }: Outcome): { name: string; code: string; message: string } {
  const [error, after] = stdout.trim().split('\n');
  expect(after).toBe('NotInitializedError');
  expect(code).toBe(0);
  return JSON.parse(error as string);
}

async function failure(nodeArguments: string[], ...edits: Edit[]): Promise<ReturnType<typeof thrown>> {
  const script = edits.length === 0 ? 'failing-init.mjs' : (await buildVariant(...edits))('failing-init.mjs');
  const outcome = await runScript(script, { nodeArguments, env: { SENTRY_OPTIONS_DIR: base().directory } });
  return thrown(outcome);
}

describe('init() fails with WATCHER_START_FAILED', () => {
  it('where the permission model forbids threads', async () => {
    const error = await failure([PERMISSION, '--allow-fs-read=*']);
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toContain('allow them with `--allow-worker`');
  });

  it('where code generation is forbidden', async () => {
    const error = await failure(['--disallow-code-generation-from-strings']);
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toContain('start Node without `--disallow-code-generation-from-strings`');
  });

  it('where the source of the thread does not parse', async () => {
    const error = await failure([], {
      file: 'esbuild.config.mjs',
      from: '//# sourceURL',
      to: ') //# sourceURL',
    });
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toContain('ended before it published a first value, without an error');
  });

  it('where the thread runs out of memory', async () => {
    const error = await failure([], {
      file: 'workers/watcher.ts',
      from: 'control.beginPoll();',
      to: "control.setReading('/the/file'); crash('out-of-memory-arrays');",
    });
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED', file: '/the/file' });
    expect(error.message).toContain('most likely it ran out of memory. The file that it read last is /the/file.');
  });

  it.each([
    ['throws', "throw new TypeError('a bug');", 'TypeError: a bug.'],
    ['ends itself', 'process.exit(3);', 'the thread ended with exit code 3.'],
  ])('where the thread %s', async (_name, to, cause) => {
    const error = await failure([], { file: 'workers/watcher.ts', from: 'control.beginPoll();', to });
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toBe(`The watcher thread could not start: ${cause}`);
  });

  it('where the system grants no thread', async () => {
    const script = await buildVariant({
      file: 'src/watcher/start.ts',
      from: 'maxYoungGenerationSizeMb: 16 };',
      // More than the limit below leaves.
      to: 'maxYoungGenerationSizeMb: 16, stackSizeMb: 100_000 };',
    });
    const { directory } = base();
    const error = thrown(await runInShell('ulimit -v 4000000; exec "$@"', script('failing-init.mjs'), { directory }));
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toContain('The system creates no more threads');
  });
});

it.runIf(process.platform === 'linux')('starts that fail leave nothing open, and a good one follows', async () => {
  const made = base();
  const outcome = await runScript('failing-starts.mjs', {
    arguments: [made.valuesFile('seer')],
    env: { SENTRY_OPTIONS_DIR: made.directory },
  });
  expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
  const { codes, before, after, value } = JSON.parse(outcome.stdout);
  expect(codes).toEqual(['VALUES_INVALID', 'START_TIMEOUT']);
  expect(after).toEqual(before);
  expect(value).toBe(3);
});

// Only Linux counts what is reserved, and tells how much of it is left.
describe.runIf(process.platform === 'linux')('where address space is scarce', () => {
  async function run(left: number): Promise<unknown> {
    const made = base();
    const outcome = await runInShell('ulimit -v 4000000; exec "$@"', 'scarce-address-space.mjs', {
      directory: made.directory,
      arguments: [String(left), made.valuesFile('seer')],
    });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(outcome.stdout);
  }

  it.each([
    [1800, [341, 64]],
    [1250, [64, 64]],
    [1060, [16, 1]],
  ])('%i MiB: the thread has what it needs, and the cells what remains', async (left, cells) => {
    expect(await run(left)).toEqual({ cells, refreshed: true, number: 3 });
  });

  it('10 MiB: init() says which limit to raise', async () => {
    expect(await run(10)).toEqual({
      name: 'WatcherError',
      code: 'WATCHER_START_FAILED',
      message: expect.stringContaining('`ulimit -v`'),
    });
  });
});
