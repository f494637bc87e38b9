/** A thread that changes values files, as a deployment does, so that the measured thread does not have to. */
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
