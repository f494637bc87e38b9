/**
 * A worker that gets options in one of three ways: from the shared store (`shared`), by reading and validating the
 * files itself (`alone`), or in messages of the main thread (`sent`). Answers each message with the option it read.
 */
import { parentPort, workerData } from 'node:worker_threads';

const { way, directory, namespace, key } = workerData;

const WAYS = {
  async shared() {
    const { options } = await import('../../dist/index.js');
    const live = options(namespace);
    return () => live.get(key);
  },
  async alone() {
    const { openNaive } = await import('./naive.mjs');
    const load = openNaive(directory);
    return () => load().get(namespace).get(key);
  },
  async sent() {
    return (values) => values.get(namespace).get(key);
  },
};

const read = await WAYS[way]();
parentPort.on('message', ({ values }) => parentPort.postMessage(read(values)));
parentPort.postMessage('ready');
