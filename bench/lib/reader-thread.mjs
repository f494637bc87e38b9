/**
 * A thread that reads at full speed during each window, and posts the number of its reads. The main thread uses the
 * same loop through {@link readDuring}.
 */
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { openOptions } from '../../dist/index.js';

/** The index of the word that all threads share: the number of the current window, 0 when it is over. */
export const WINDOW = 0;

/** Passes over all keys between two checks of the window. */
const PASSES = 20;
/** Enough passes for V8 to compile the loop. */
const WARM_UP = 500;

/** Opens a reader that reads the same keys again and again. */
export function openReader(handle) {
  const live = openOptions({ handle }).namespace('service');
  const reader = { live, keys: live.keys() };
  for (let count = 0; count < WARM_UP; count++) readAll(reader);
  return reader;
}

/** Reads during `window`. Returns nanoseconds; the CPU time is the wall-clock time if the system does not report it. */
export function readDuring(reader, words, window) {
  const [cpuBefore, begun] = [readCpuNs(), process.hrtime.bigint()];
  let reads = 0;
  while (Atomics.load(words, WINDOW) === window) reads += readAll(reader);
  const wallNs = Number(process.hrtime.bigint() - begun);
  return { reads, wallNs, cpuNs: cpuBefore === undefined ? wallNs : readCpuNs() - cpuBefore };
}

function readAll({ keys, live }) {
  let count = 0;
  for (let pass = 0; pass < PASSES; pass++) for (const key of keys) if (live.get(key) !== undefined) count++;
  return count;
}

/** Reads the CPU time of this thread in nanoseconds; undefined except on Linux. */
function readCpuNs() {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);
  } catch {
    return undefined;
  }
}

if (!isMainThread && workerData?.role === 'reader') {
  const { handle, words } = workerData;
  const reader = openReader(handle);
  parentPort.on('message', (window) => parentPort.postMessage(readDuring(reader, words, window)));
  parentPort.postMessage('ready');
}
