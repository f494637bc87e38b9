/** A worker that reports its own memory: before and after it attaches to a store, and after it has read everything. */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Measures the bytes of this thread's heap and of its private buffers, after garbage collection. */
async function measureOwnBytes() {
  // A weakly held object, such as the copy of the defaults, is kept until the turn ends.
  await setImmediate();
  // An object that one collection frees may hold objects that only the next one frees.
  for (let count = 0; count < 3; count++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const start = await measureOwnBytes();
const { openOptions } = await import('../../dist/index.js');
// V8 compiles a reader's code when it first runs: here, with a store that is released again.
const { handle, other, namespace } = workerData;
readAll(openOptions({ handle: other }));
const loaded = await measureOwnBytes();

const store = openOptions({ handle });
const attached = await measureOwnBytes();
const live = store.namespace(namespace);
for (const key of workerData.keys ?? []) live.get(key);
const checker = store.features(namespace);
for (const name of workerData.flags ?? []) checker.has(name);
const read = await measureOwnBytes();
for (let index = 0; index < (workerData.unset ?? 0); index++) checker.has(`unset-${index}`);
const askedUnset = await measureOwnBytes();
readAll(store);
const readEverything = await measureOwnBytes();
parentPort.postMessage({
  library: loaded - start,
  attached: attached - loaded,
  read: read - loaded,
  unset: askedUnset - loaded,
  readAll: readEverything - loaded,
  // Uses the store after the last measurement, so that it is not collected before.
  generation: store.generation,
});

function readAll(options) {
  for (const name of options.namespaces()) {
    const live = options.namespace(name);
    for (const key of live.keys()) live.get(key);
  }
}
