/** Tests the end of many threads at once, and of one that hangs in the kernel. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { endThread } from '../../src/watcher/end-thread.js';
import { temporaryDirectory } from '../support/base.js';

const BEGIN = "require('node:worker_threads').parentPort.postMessage('begins');";

async function startThread(source: string): Promise<Worker> {
  const worker = new Worker(`${BEGIN}${source}`, { eval: true });
  await once(worker, 'message');
  return worker;
}

describe('endThread', () => {
  it('Many threads that end while the event loop is blocked for long do not hang', async () => {
    const workers = await Promise.all(Array.from({ length: 12 }, () => startThread('setInterval(() => {}, 1e6)')));
    const ends = Promise.all(workers.map(endThread));
    // Longer than all of them may take, and frozen, as far as the event loop can tell.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    expect(await ends).toEqual(workers.map(() => undefined));
  });

  // Only Linux shows whether a thread blocks in the kernel.
  it.runIf(process.platform === 'linux')(
    'A thread that hangs in the kernel is given up, and no other one',
    async () => {
      const fifo = join(temporaryDirectory(), 'fifo');
      execFileSync('mkfifo', [fifo]);
      const hung = await startThread(`require('node:fs').openSync(${JSON.stringify(fifo)})`);
      const workers = await Promise.all(Array.from({ length: 4 }, () => startThread('setInterval(() => {}, 1e6)')));
      await vi.waitUntil(hasBlockedThread, 30_000);
      const ends = await Promise.all([hung, ...workers].map(endThread));
      expect(ends).toEqual([expect.any(Number), ...workers.map(() => undefined)]);
      expect(ends[0]).toBeGreaterThanOrEqual(80);
      const exit = once(hung, 'exit');
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
