/** A thread that changes values files: a process of a deployment, so that the thread that is measured need not. */
import { parentPort, workerData } from 'node:worker_threads';
import { values, writeValues } from './base.mjs';

const { directory, sizes, everyMs } = workerData;
let generation = 1_000;
let timer;

parentPort.on('message', (isOn) => {
  clearInterval(timer);
  if (isOn) timer = setInterval(change, everyMs);
  parentPort.postMessage('done');
});

function change() {
  generation++;
  for (const [namespace, count] of Object.entries(sizes)) writeValues(directory, namespace, values(count, generation));
}
