/** A worker that learns of each change in one way, and answers each message once it knows the change in it. */
// A worker of a service has this anyway.
import 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { openOptions } from '../../dist/index.js';

const store = openOptions({ handle: workerData.handle });
const live = store.namespace('service');
/** The last change that this thread knows, and the one that it waits for. */
let known = live.get('change');
let wanted = -1;

function settle() {
  if (known !== wanted) return;
  wanted = -1;
  parentPort.postMessage({ arrayBuffers: process.memoryUsage().arrayBuffers });
}

function note(change) {
  known = change;
  settle();
}

const WAYS = {
  read: () => note(live.get('change')),
  snapshot: () => note(store.snapshot().namespace('service').get('change')),
  onChange: settle,
  onReload: settle,
};

if (workerData.way === 'onChange') live.option('change').onChange(note);
if (workerData.way === 'onReload') {
  store.onReload(({ changes }) => note(changes.find(({ key }) => key === 'change').newValue));
}
parentPort.on('message', (change) => {
  wanted = change;
  WAYS[workerData.way]();
});
