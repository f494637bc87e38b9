/** Ends watcher threads, and detects those that do not end. Runs in the owner. */
import type { Worker } from 'node:worker_threads';
import { AwakeDeadline } from '../common/awake-deadline.js';
import { sleep } from '../common/host-time.js';
import { hasWorked, type Inspection } from '../common/kernel-thread.js';

/** How long a thread may take to end. `close()` must resolve within 100 ms, plus the flush of telemetry. */
const END_MS = 80;
/** How much longer it may take for each other thread that is about to end: all of them need the processor. */
const END_EACH_MS = 10;
/** Short: a blocked event loop counts as one slice, however long it is blocked. Then come the ends of threads. */
const SLICE_MS = 10;
/** A thread that has not worked for so many slices hangs. The kernel counts processor time in ticks of about a slice. */
const IDLE_SLICES = 4;

/** How many threads are about to end. */
let ending = 0;
/** How often an end has begun or been completed. */
let steps = 0;

/**
 * Ends a thread. The time counts only while this thread is awake, and starts again whenever any thread ends: a hundred
 * threads that end at once take turns, and each end shows that the others make progress. A thread that works until the
 * last moment, on a busy machine or in a long native call, does not hang: it ends by itself.
 *
 * @param inspect returns what the kernel knows about the thread
 * @returns undefined if the thread has ended, or is about to; the milliseconds that passed if it hangs
 */
export async function endThread(worker: Worker, inspect: () => Inspection): Promise<number | undefined> {
  ending++;
  steps++;
  let hasEnded = false;
  const end = worker.terminate().then(() => {
    hasEnded = true;
    steps++;
  });
  try {
    for (;;) {
      const seen = steps;
      const milliseconds = END_MS + END_EACH_MS * (ending - 1);
      const deadline = new AwakeDeadline(milliseconds);
      let before = inspect();
      let idleSlices = IDLE_SLICES;
      while (seen === steps) {
        const slice = deadline.nextSlice(SLICE_MS);
        if (slice === 0) return idleSlices < IDLE_SLICES ? undefined : milliseconds;
        await Promise.race([end, sleep(slice)]);
        if (hasEnded) return undefined;
        const after = inspect();
        idleSlices = hasWorked(before, after) ? 0 : idleSlices + 1;
        before = after;
      }
    }
  } finally {
    ending--;
  }
}
