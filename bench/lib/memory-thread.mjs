/** A worker that says what it has of its own: before it attaches to a store, afterwards, and when it has read everything. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** Bytes of this thread's heap and of its private buffers, after the garbage is gone. */
function ownBytes() {
  // What is freed by one collection may hold what the next one frees.
  for (let count = 0; count < 3; count++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const start = ownBytes();
const { openOptions } = await import('../../dist/index.js');
// The code that a reader needs is compiled when it runs first: with a store that is let go of again.
const { handle, other, namespace } = workerData;
readAll(openOptions({ handle: other }));
const loaded = ownBytes();

const store = openOptions({ handle });
const attached = ownBytes();
store.namespace(namespace).get(workerData.key);
const read = ownBytes();
readAll(store);
const readEverything = ownBytes();
parentPort.postMessage({
  library: loaded - start,
  attached: attached - loaded,
  read: read - loaded,
  readAll: readEverything - loaded,
  // The store is used after the last look, so that it is not garbage before.
  generation: store.generation,
});

function readAll(options) {
  for (const name of options.namespaces()) {
    const live = options.namespace(name);
    for (const key of live.keys()) live.get(key);
  }
}
