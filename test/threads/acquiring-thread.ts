/** Acquires from one cell after the other, as they come, and says what it has of each when it is asked. */
import { parentPort } from 'node:worker_threads';
import { CellReader } from '../../src/memory/cell/reader.js';
import { describePayload } from './payload-check.js';

parentPort?.on('message', (cell: SharedArrayBuffer) => {
  parentPort?.postMessage(describePayload(new CellReader(cell).acquire(0)));
});
