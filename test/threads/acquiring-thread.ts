/** A worker thread for death.test.ts: acquires from each cell that it receives and reports the payload. */
import { parentPort } from 'node:worker_threads';
import { CellReader } from '../../src/memory/cell/reader.js';
import { describePayload } from './payload-check.js';

parentPort?.on('message', (cell: SharedArrayBuffer) => {
  parentPort?.postMessage(describePayload(new CellReader(cell).acquire(0)));
});
