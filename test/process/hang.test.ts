/** Tests files that block: a FIFO instead of a file, and a file operation that never returns. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';
import { type Outcome, runScript } from '../support/run.js';
import { buildVariant } from '../support/variant.js';

function makeBase(): Base {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number: 2 });
  return base;
}

/** Replaces `path` with a FIFO. */
function replaceWithFifo(path: string): void {
  execFileSync('mkfifo', [`${path}.fifo`]);
  renameSync(`${path}.fifo`, path);
}

describe('a FIFO that nobody writes to', () => {
  it.each([
    ['schema.json', (base: Base) => join(base.directory, 'schemas/seer/schema.json'), 'SCHEMA_INVALID'],
    ['values.json', (base: Base) => base.valuesFile('seer'), 'VALUES_INVALID'],
  ])('openOptions() throws if %s is a FIFO', (_name, pathOf, code) => {
    const base = makeBase();
    replaceWithFifo(pathOf(base));
    const open = () => openOptions({ directory: base.directory });
    expect(open).toThrow(expect.objectContaining({ code, message: expect.stringContaining('is a FIFO') }));
  });

  it('A FIFO at values.json keeps the old values until a file replaces it', async () => {
    const base = makeBase();
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const store = openOptions({ directory: base.directory, pollInterval: null, logger });
    onTestFinished(() => store.close());
    const number = store.namespace('seer').option('number');
    replaceWithFifo(base.valuesFile('seer'));
    await expect(store.refresh()).rejects.toMatchObject({
      code: 'VALUES_INVALID',
      message: expect.stringContaining('values.json is a FIFO, not a regular file'),
    });
    expect([number.value, store.status().health]).toEqual([2, 'degraded']);
    base.removeValues('seer');
    base.writeValues('seer', { number: 3 });
    expect(await store.refresh()).toBe(true);
    expect([number.value, store.status().health]).toEqual([3, 'ok']);
  });
});

/** Opens a FIFO in blocking mode, and so hangs in the kernel. */
const HANGS = {
  file: 'src/files/read.ts',
  from: 'constants.O_RDONLY | constants.O_NONBLOCK',
  to: 'constants.O_RDONLY',
};

// Only Linux shows whether a thread blocks in the kernel.
describe.runIf(process.platform === 'linux')('a file operation that never returns', () => {
  /** Runs `hang.mjs` and calls `onLine` when it has printed its result and exits. */
  async function run(env: Record<string, string>, onLine: (fifo: string, kill: () => void) => void): Promise<Outcome> {
    const script = await buildVariant(HANGS);
    const base = makeBase();
    const valuesFile = base.valuesFile('seer');
    const fifo = join(base.directory, 'fifo');
    const outcome = await runScript(script('hang.mjs'), {
      arguments: [valuesFile, fifo],
      env: { SENTRY_OPTIONS_DIR: base.directory, ...env },
      onLine: (_line, child) => onLine(fifo, () => child.kill('SIGTERM')),
    });
    const reason = `The watcher is stalled; the last file that it began to read is ${valuesFile}.`;
    const view = { health: 'degraded', watcher: 'stalled', reason, generation: 1, value: 2 };
    expect(JSON.parse(outcome.stdout)).toEqual({
      running: { health: 'ok', watcher: 'running', reason: null, generation: 1, value: 2 },
      stalled: { here: view, there: view },
      closed: 'in time',
      pending: ['WatcherError WATCHER_CLOSED', 'WatcherError WATCHER_CLOSED'],
      inTheOtherThread: 3,
      anew: [3, 'running'],
    });
    expect(outcome.stderr).toBe(
      `[sentry-options] warning: The watcher thread did not end within 80 ms; the last file that it began to read is ${valuesFile}. ` +
        'If the read hangs in the operating system, only a signal can end the process. If the file is large, ' +
        'the thread ends after parsing it.\n',
    );
    return outcome;
  }

  it('A blocked operation stalls only the watcher, close() gives up, and a signal ends the process', async () => {
    const { signal } = await run({}, (_fifo, kill) => kill());
    expect(signal).toBe('SIGTERM');
  });

  it('A blocked operation delays process.exit() until it returns, and fake timers stop no call', async () => {
    const { code } = await run({ FREEZE_CLOCK: 'later' }, (fifo) => {
      // Throws ENXIO if no process waits for the FIFO.
      closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
    });
    expect(code).toBe(5);
  });

  it('init() throws in time and names the file if an operation blocks at startup, even under fake timers', async () => {
    const script = await buildVariant(HANGS);
    const base = makeBase();
    const valuesFile = base.valuesFile('seer');
    replaceWithFifo(valuesFile);
    const { stdout, stderr, signal } = await runScript(script('failing-init.mjs'), {
      // Enough time for a busy machine to begin to read.
      arguments: ['4000'],
      env: { SENTRY_OPTIONS_DIR: base.directory, FREEZE_CLOCK: 'first' },
      onLine: (line, child) => line === 'NotInitializedError' && child.kill('SIGTERM'),
    });
    expect(JSON.parse(stdout.split('\n')[0] as string)).toEqual({
      name: 'StartTimeoutError',
      code: 'START_TIMEOUT',
      file: valuesFile,
      message: expect.stringContaining(`within 4000 ms: it is reading ${valuesFile}.`),
    });
    expect({ stderr, signal }).toEqual({ stderr: '', signal: 'SIGTERM' });
  });
});
