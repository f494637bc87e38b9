/** A short-lived worker: finds the store, reads, refreshes once, and ends. */
import { parentPort } from 'node:worker_threads';
import { close, init, options, snapshot } from 'sentry-options';

const subscription = init().onReload(() => {});
const { a, b } = options('seer').get('pair');
const pinned = snapshot().namespace('seer').get('pair');
const isWhole = a === b && pinned.a === pinned.b;
await init()
  .refresh()
  .catch(() => {});
subscription[Symbol.dispose ?? Symbol.for('Symbol.dispose')]();
await close();
parentPort.postMessage(isWhole);
