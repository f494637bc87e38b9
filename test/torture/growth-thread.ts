/** Entry of a worker thread that publishes into each cell that it is posted, so often that all its regions grow. */

import { parentPort } from 'node:worker_threads';
import { CellWriter } from '../../src/memory/cell/writer.js';
import { PayloadMaker } from './payload.js';

/** What the thread is posted. */
export interface GrowthTask {
  readonly buffer: SharedArrayBuffer;
  readonly generations: number;
}

const maker = new PayloadMaker();

parentPort?.on('message', ({ buffer, generations }: GrowthTask) => {
  const writer = new CellWriter(buffer);
  while (writer.generation < generations) writer.publish(maker.make(writer.generation + 1));
});
