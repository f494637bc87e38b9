/** Entry of a worker thread that publishes into each cell posted to it, until all regions of the cell have grown. */

import { parentPort } from 'node:worker_threads';
import { CellWriter } from '../../src/memory/cell/writer.js';
import { PayloadMaker } from './payload.js';

/** The message to the thread. */
export interface GrowthTask {
  readonly buffer: SharedArrayBuffer;
  readonly generations: number;
}

const maker = new PayloadMaker();

parentPort?.on('message', ({ buffer, generations }: GrowthTask) => {
  const writer = new CellWriter(buffer);
  while (writer.generation < generations) writer.publish(maker.make(writer.generation + 1));
});
