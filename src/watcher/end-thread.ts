/** Ends watcher threads, and detects those that do not end. Runs in the owner. */
import type { Worker } from 'node:worker_threads';
import { AwakeDeadline } from '../common/awake-deadline.js';
import { sleep } from '../common/host-time.js';

/** How long a thread may take to end. `close()` must resolve within 100 ms, plus the flush of telemetry. */
const END_MS = 80;
/** How much longer it may take for each other thread that is about to end: all of them need the processor. */
const END_EACH_MS = 10;
/** Short: a blocked event loop counts as one slice, however long it is blocked. Then come the ends of threads. */
const SLICE_MS = 10;

/** How many threads are about to end. */
let ending = 0;
/** How often an end has begun or been completed. */
let steps = 0;

/**
 * Ends a thread. The time counts only while this thread is awake, and starts again whenever any thread ends: a hundred
 * threads that end at once take turns, and each end shows that the others make progress.
 *
 * @returns undefined if the thread has ended; the milliseconds that passed if it hangs
 */
export async function endThread(worker: Worker): Promise<number | undefined> {
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
      while (seen === steps) {
        const slice = deadline.nextSlice(SLICE_MS);
        if (slice === 0) return milliseconds;
        await Promise.race([end, sleep(slice)]);
        if (hasEnded) return undefined;
      }
    }
  } finally {
    ending--;
  }
}
