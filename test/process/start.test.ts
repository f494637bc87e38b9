/** Tests that init() throws at once and names a remedy if the watcher thread cannot start. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Base, integer, temporaryDirectory } from '../support/base.js';
import { bundleText } from '../support/bundle.js';
import { type Outcome, runScript } from '../support/run.js';
import { runInShell } from '../support/shell.js';
import { buildVariant, type Edit } from '../support/variant.js';

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);
const PERMISSION = NODE_MAJOR === 20 ? '--experimental-permission' : '--permission';

function makeBase(): Base {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  return base;
}

/** Parses the error that `failing-init.mjs` prints. The script would wait 45 s, so the error came at once. */
function parseError({ code, stdout }: Outcome): { name: string; code: string; message: string } {
  const [error, after] = stdout.trim().split('\n');
  expect(after).toBe('NotInitializedError');
  expect(code).toBe(0);
  return JSON.parse(error as string);
}

async function failInit(nodeArguments: string[], edit?: Edit): Promise<ReturnType<typeof parseError>> {
  const script = edit === undefined ? 'failing-init.mjs' : (await buildVariant(edit))('failing-init.mjs');
  const env = { SENTRY_OPTIONS_DIR: makeBase().directory };
  return parseError(await runScript(script, { nodeArguments, env }));
}

/** What the thread does at its start if the file `fault` in the base directory names it. */
const FAULTS = {
  file: 'workers/watcher.ts',
  from: 'control.beginPoll();',
  to: `
    control.setReading('/the/file');
    switch (process.getBuiltinModule('node:fs').readFileSync(data.directory + '/fault', 'utf8')) {
      case 'memory': crash('out-of-memory-arrays'); break;
      case 'throw': throw new TypeError('a bug');
      case 'exit': process.exit(3);
      case 'spin': for (;;);
    }
  `,
};

async function failInitBy(fault: string, ...timeout: string[]): Promise<ReturnType<typeof parseError>> {
  const script = await buildVariant(FAULTS);
  const { directory } = makeBase();
  writeFileSync(join(directory, 'fault'), fault);
  return parseError(
    await runScript(script('failing-init.mjs'), { arguments: timeout, env: { SENTRY_OPTIONS_DIR: directory } }),
  );
}

describe('init()', () => {
  it('init() throws WATCHER_START_FAILED if the permission model forbids threads', async () => {
    const error = await failInit([PERMISSION, '--allow-fs-read=*']);
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toContain('allow them with `--allow-worker`');
  });

  it('init() throws WATCHER_START_FAILED if code generation is forbidden', async () => {
    const error = await failInit(['--disallow-code-generation-from-strings']);
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toContain('Start Node without `--disallow-code-generation-from-strings`');
  });

  it('init() throws WATCHER_START_FAILED if the source of the thread does not parse', async () => {
    const error = await failInit([], {
      file: 'esbuild.config.mjs',
      from: '//# sourceURL',
      to: ') //# sourceURL',
    });
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toContain('ended without an error before it published the first values');
  });

  it('init() throws WATCHER_START_FAILED if the thread runs out of memory', async () => {
    const error = await failInitBy('memory');
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED', file: '/the/file' });
    expect(error.message).toContain('it probably ran out of memory. The last file that it began to read is /the/file.');
  });

  it.each([
    ['throws', 'throw', 'TypeError: a bug.'],
    ['exits', 'exit', 'the thread ended with exit code 3.'],
  ])('init() throws WATCHER_START_FAILED if the thread %s', async (_name, fault, cause) => {
    const error = await failInitBy(fault);
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toBe(`The watcher thread could not start: ${cause}`);
  });

  // Only Linux shows whether a thread works.
  it.runIf(process.platform === 'linux')('init() says that a start is slow, and does not hang', async () => {
    const error = await failInitBy('spin', '1500');
    expect(error).toMatchObject({ name: 'StartTimeoutError', code: 'START_TIMEOUT', file: '/the/file' });
    expect(error.message).toBe(
      'The watcher thread did not publish the first values within 1500 ms: it still loads the files, /the/file at last. ' +
        'Give the process more CPU time, or raise `startTimeout`.',
    );
  });

  it('init() throws WATCHER_START_FAILED if the system grants no thread', async () => {
    const script = await buildVariant({
      file: 'src/watcher/memory-limits.ts',
      from: 'maxYoungGenerationSizeMb: YOUNG_HEAP_MIB }',
      // More than the limit below leaves.
      to: 'maxYoungGenerationSizeMb: YOUNG_HEAP_MIB, stackSizeMb: 100_000 }',
    });
    const { directory } = makeBase();
    const error = parseError(
      await runInShell('ulimit -v 4000000; exec "$@"', script('failing-init.mjs'), { directory }),
    );
    expect(error).toMatchObject({ name: 'WatcherError', code: 'WATCHER_START_FAILED' });
    expect(error.message).toContain('The system cannot create another thread');
  });
});

it('A store survives that its working directory is deleted, and only a start meanwhile throws', async () => {
  const { code, stdout, stderr } = await runScript('deleted-directory.mjs', { arguments: [makeBase().directory] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const advice = 'Start the process in another directory, or call process.chdir() first.';
  const relative = (path: string, name = 'base directory') =>
    `ConfigError CONFIG_INVALID: The ${name} '${path}' is relative, and the working directory of the process was deleted (Error: ENOENT`;
  expect(JSON.parse(stdout)).toEqual({
    during: [
      expect.stringContaining(relative('sentry-options')),
      expect.stringContaining(relative('relative')),
      expect.stringContaining(relative('relative', 'state directory')),
      'WatcherError WATCHER_START_FAILED: The watcher thread could not start: ' +
        `the working directory of the process was deleted. ${advice}`,
    ],
    live: [false, 2],
    after: 2,
  });
});

it('A start-up snapshot may contain the library, and a start from it throws', async () => {
  const directory = temporaryDirectory();
  const program = join(directory, 'program.cjs');
  writeFileSync(program, await bundleText('test/fixtures/snapshot.mjs'));
  const blob = join(directory, 'snapshot.blob');
  await promisify(execFile)(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', program]);
  const { stdout } = await promisify(execFile)(process.execPath, ['--snapshot-blob', blob]);
  expect(JSON.parse(stdout)).toEqual({
    name: 'WatcherError',
    code: 'WATCHER_START_FAILED',
    message:
      'The watcher thread could not start: sentry-options is a part of a start-up snapshot, from which Node starts no ' +
      'thread. Load sentry-options after the start, not while the snapshot is built.',
    context: true,
  });
});

it.runIf(process.platform === 'linux')(
  'Failed starts leave no resources open, and a later start succeeds',
  async () => {
    const base = makeBase();
    const outcome = await runScript('failing-starts.mjs', {
      arguments: [base.valuesFile('seer')],
      env: { SENTRY_OPTIONS_DIR: base.directory },
    });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    const { codes, before, after, value } = JSON.parse(outcome.stdout);
    expect(codes).toEqual(['VALUES_INVALID', 'START_TIMEOUT']);
    expect(after).toEqual(before);
    expect(value).toBe(3);
  },
);

// Only Linux limits reserved address space and reports how much is left.
describe.runIf(process.platform === 'linux')('init() with little address space', () => {
  async function run(left: number, times = 0): Promise<unknown> {
    const base = makeBase();
    const outcome = await runInShell('ulimit -v 4000000; exec "$@"', 'scarce-address-space.mjs', {
      directory: base.directory,
      arguments: [String(left), base.valuesFile('seer'), String(times)],
    });
    expect({ code: outcome.code, stderr: outcome.stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(outcome.stdout);
  }

  it.each([
    [1800, [341, 16]],
    [1250, [64, 16]],
    [1050, [16, 4]],
  ])('With %i MiB of address space, the thread starts and the cells share the rest', async (left, cells) => {
    expect(await run(left)).toEqual({ cells, refreshed: true, number: 3 });
  });

  // V8 frees the memory of closed stores on a thread of its own, and `init()` waits for that for 200 ms at most: on a
  // busy machine, the thread may need longer.
  it('A store that is closed and opened again gets cells of the same size each time', { retry: 3 }, async () => {
    expect(await run(2000, 4)).toEqual({
      cells: [341, 16],
      refreshed: true,
      number: 3,
      reopened: [1, 2, 3, 4].map(() => [341, 16]),
    });
  });

  it('With 10 MiB of address space, init() throws and names the limit to raise', async () => {
    expect(await run(10)).toEqual({
      name: 'WatcherError',
      code: 'WATCHER_START_FAILED',
      message: expect.stringContaining('`ulimit -v`'),
    });
  });
});
