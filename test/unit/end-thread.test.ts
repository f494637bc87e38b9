/** Tests the end of many threads at once, and of one that hangs in the kernel. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { type Inspection, inspectThread } from '../../src/common/kernel-thread.js';
import { endThread } from '../../src/watcher/end-thread.js';
import { temporaryDirectory } from '../support/base.js';

/** Posts which thread it is, for {@link inspectThread}. */
const BEGIN = `
  const { readFileSync, readlinkSync } = require('node:fs');
  const describe = () => {
    const id = readlinkSync('/proc/thread-self').split('/').at(-1);
    const stat = readFileSync('/proc/self/task/' + id + '/stat', 'latin1');
    return { id: Number(id), startedAt: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) };
  };
  require('node:worker_threads').parentPort.postMessage(process.platform === 'linux' ? describe() : { id: 0 });
`;

interface Thread {
  readonly worker: Worker;
  readonly inspect: () => Inspection;
}

async function startThread(source: string): Promise<Thread> {
  const worker = new Worker(`${BEGIN}${source}`, { eval: true });
  const [thread] = await once(worker, 'message');
  return { worker, inspect: () => inspectThread(thread) };
}

function startThreads(count: number): Promise<Thread[]> {
  return Promise.all(Array.from({ length: count }, () => startThread('setInterval(() => {}, 1e6)')));
}

function endThreads(threads: readonly Thread[]): Promise<(number | undefined)[]> {
  return Promise.all(threads.map(({ worker, inspect }) => endThread(worker, inspect)));
}

describe('endThread', () => {
  it('Many threads that end while the event loop is blocked for long do not hang', async () => {
    const threads = await startThreads(12);
    const ends = endThreads(threads);
    // Longer than all of them may take, and frozen, as far as the event loop can tell.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    expect(await ends).toEqual(threads.map(() => undefined));
  });

  it('A thread that works until the last moment, or has ended in the kernel, does not hang', async () => {
    const { worker } = await startThread('');
    vi.spyOn(worker, 'terminate').mockReturnValue(new Promise(() => {}));
    let ticks = 0;
    expect(await endThread(worker, () => ({ isRunnable: false, ticks: ticks++ }))).toBe(undefined);
    expect(await endThread(worker, () => ({ isRunnable: true, ticks }))).toBe(undefined);
    expect(await endThread(worker, () => 'ended')).toBe(undefined);
    expect(await endThread(worker, () => ({ isRunnable: false, ticks }))).toBe(80);
  });

  // Only Linux shows whether a thread blocks in the kernel.
  it.runIf(process.platform === 'linux')(
    'A thread that hangs in the kernel is given up, and no other one',
    async () => {
      const fifo = join(temporaryDirectory(), 'fifo');
      execFileSync('mkfifo', [fifo]);
      const hung = await startThread(`require('node:fs').openSync(${JSON.stringify(fifo)})`);
      const others = await startThreads(4);
      await vi.waitUntil(hasBlockedThread, 30_000);
      const ends = await endThreads([hung, ...others]);
      expect(ends).toEqual([expect.any(Number), ...others.map(() => undefined)]);
      expect(ends[0]).toBeGreaterThanOrEqual(80);
      const exit = once(hung.worker, 'exit');
      closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
      await exit;
    },
  );
});

/** Whether a thread of this process blocks because nobody has opened a FIFO's other end. */
function hasBlockedThread(): boolean {
  const threads = '/proc/self/task';
  return readdirSync(threads).some((id) =>
    /wait_for_partner|fifo_open/.test(readFileSync(`${threads}/${id}/wchan`, 'utf8')),
  );
}
