/**
 * A thread that reads at full speed while it is told to, and says how many reads it made. The main thread uses the same
 * loop by {@link readDuring}.
 */
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { openOptions } from '../../dist/index.js';

/** The word that all threads share: the number of the window that is measured, 0 when it is over. */
export const WINDOW = 0;

/** Passes over all keys between two looks at whether the window is over. */
const PASSES = 20;
/** Enough for V8 to have compiled the loop. */
const WARM_UP = 500;

/** What a thread reads: the same keys, over and over. */
export function readerOf(handle) {
  const live = openOptions({ handle }).namespace('service');
  const reader = { live, keys: live.keys() };
  for (let count = 0; count < WARM_UP; count++) readAll(reader);
  return reader;
}

/** Reads as long as it is `window`. Nanoseconds; those of the processor are the clock's where the system tells none. */
export function readDuring(reader, words, window) {
  const [cpuBefore, begun] = [threadCpuNs(), process.hrtime.bigint()];
  let reads = 0;
  while (Atomics.load(words, WINDOW) === window) reads += readAll(reader);
  const wallNs = Number(process.hrtime.bigint() - begun);
  return { reads, wallNs, cpuNs: cpuBefore === undefined ? wallNs : threadCpuNs() - cpuBefore };
}

function readAll({ keys, live }) {
  let count = 0;
  for (let pass = 0; pass < PASSES; pass++) for (const key of keys) if (live.get(key) !== undefined) count++;
  return count;
}

/** What this thread has had of a processor; Linux says it. */
function threadCpuNs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
  } catch {
    return undefined;
  }
}

if (!isMainThread && workerData?.role === 'reader') {
  const { handle, words } = workerData;
  const reader = readerOf(handle);
  parentPort.on('message', (window) => parentPort.postMessage(readDuring(reader, words, window)));
  parentPort.postMessage('ready');
}
