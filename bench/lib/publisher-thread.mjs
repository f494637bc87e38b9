/** A thread that makes one of the stores publish back to back, or none, and ends each window when its time is over. */
import { parentPort, workerData } from 'node:worker_threads';
import { openOptions } from '../../dist/index.js';
import { values, writeValues } from './base.mjs';
import { WINDOW } from './reader-thread.mjs';

const { stores, options, words, windowMs } = workerData;
const opened = stores.map(({ directory, handle }) => ({ directory, store: openOptions({ handle }) }));
let generation = 0;

/** `target`: the index of the store that publishes, undefined for none. */
parentPort.on('message', ({ window, target }) => {
  const end = performance.now() + windowMs;
  let published = 0;
  if (target === undefined) Atomics.wait(words, WINDOW, window, windowMs);
  while (performance.now() < end) {
    if (target === undefined) continue;
    const { directory, store } = opened[target];
    writeValues(directory, 'service', values(options, ++generation));
    // This requests the watcher's usual poll, which reads, validates, encodes and publishes.
    if (store.refreshSync()) published++;
    // Adopts the generation, so that the next one is newer than this thread's.
    if (store.generation < published) throw new Error('A generation went backwards');
  }
  Atomics.store(words, WINDOW, 0);
  Atomics.notify(words, WINDOW);
  parentPort.postMessage({ published });
});
parentPort.postMessage('ready');
