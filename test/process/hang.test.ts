/** Files that do not answer: a FIFO in a file's place, and a file operation that never returns. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';
import { type Outcome, runScript } from '../support/run.js';
import { buildVariant } from '../support/variant.js';

function base(): Base {
  const made = new Base({ seer: { number: integer(1) } });
  made.writeValues('seer', { number: 2 });
  return made;
}

/** Puts a FIFO in the place of `path`. */
function replaceByFifo(path: string): void {
  execFileSync('mkfifo', [`${path}.fifo`]);
  renameSync(`${path}.fifo`, path);
}

describe('a FIFO that nobody writes to', () => {
  it.each([
    ['schema.json', (made: Base) => join(made.directory, 'schemas/seer/schema.json'), 'SCHEMA_INVALID'],
    ['values.json', (made: Base) => made.valuesFile('seer'), 'VALUES_INVALID'],
  ])('in the place of %s at start: init() throws', (_name, pathOf, code) => {
    const made = base();
    replaceByFifo(pathOf(made));
    const open = () => openOptions({ directory: made.directory });
    expect(open).toThrow(expect.objectContaining({ code, message: expect.stringContaining('is a FIFO') }));
  });

  it('in the place of values.json: the old values stay, and new ones are read when it is gone', async () => {
    const made = base();
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const store = openOptions({ directory: made.directory, pollInterval: null, logger });
    onTestFinished(() => store.close());
    const number = store.namespace('seer').option('number');
    replaceByFifo(made.valuesFile('seer'));
    await expect(store.refresh()).rejects.toMatchObject({
      code: 'VALUES_INVALID',
      message: expect.stringContaining('values.json is a FIFO, not a regular file'),
    });
    expect([number.value, store.status().health]).toEqual([2, 'degraded']);
    made.removeValues('seer');
    made.writeValues('seer', { number: 3 });
    expect(await store.refresh()).toBe(true);
    expect([number.value, store.status().health]).toEqual([3, 'ok']);
  });
});

/** Opens a FIFO as a program would that does not know better, and so hangs in the kernel. */
const HANGS = {
  file: 'src/files/read.ts',
  from: 'constants.O_RDONLY | constants.O_NONBLOCK',
  to: 'constants.O_RDONLY',
};

// Whether a thread sleeps in the kernel is asked of Linux.
describe.runIf(process.platform === 'linux')('a file operation that never returns', () => {
  /** Runs `hang.mjs` and calls `onLine` when it has said all and exits. */
  async function run(onLine: (fifo: string, kill: () => void) => void): Promise<Outcome> {
    const script = await buildVariant(HANGS);
    const made = base();
    const valuesFile = made.valuesFile('seer');
    const fifo = join(made.directory, 'fifo');
    const outcome = await runScript(script('hang.mjs'), {
      arguments: [valuesFile, fifo],
      env: { SENTRY_OPTIONS_DIR: made.directory },
      onLine: (_line, child) => onLine(fifo, () => child.kill('SIGTERM')),
    });
    const reason = `The watcher is stalled; the file that it read last is ${valuesFile}.`;
    const view = { health: 'degraded', watcher: 'stalled', reason, generation: 1, value: 2 };
    expect(JSON.parse(outcome.stdout)).toEqual({
      running: { health: 'ok', watcher: 'running', reason: null, generation: 1, value: 2 },
      stalled: { here: view, there: view },
      closed: 'in time',
      pending: ['WatcherError WATCHER_CLOSED', 'WatcherError WATCHER_CLOSED'],
      inTheOtherThread: 2,
      anew: [3, 'running'],
    });
    expect(outcome.stderr).toBe(
      `[sentry-options] warning: The watcher thread did not end within 80 ms; the file that it read last is ${valuesFile}. ` +
        'If the read hangs in the operating system, only a signal can end the process. If the file is large, ' +
        'the thread ends after parsing it.\n',
    );
    return outcome;
  }

  it('stalls the watcher and nobody else; close() gives up; then a signal ends the process', async () => {
    const { signal } = await run((_fifo, kill) => kill());
    expect(signal).toBe('SIGTERM');
  });

  it('holds up process.exit() until it returns', async () => {
    const { code } = await run((fifo) => {
      // Throws ENXIO where no process is waiting for it.
      closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
    });
    expect(code).toBe(5);
  });

  it('at start: init() throws in time, and names the file', async () => {
    const script = await buildVariant(HANGS);
    const made = base();
    const valuesFile = made.valuesFile('seer');
    replaceByFifo(valuesFile);
    const { stdout, stderr, signal } = await runScript(script('failing-init.mjs'), {
      // Time enough for a loaded machine to begin to read.
      arguments: ['4000'],
      env: { SENTRY_OPTIONS_DIR: made.directory },
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
