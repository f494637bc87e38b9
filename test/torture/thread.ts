/** Entry of the torture test's worker threads: the writer, or one of the readers. Runs until the board stops it. */

import { parentPort, workerData } from 'node:worker_threads';
import { CellWriter } from '../../src/memory/cell/writer.js';
import { Board } from './board.js';
import { PayloadMaker } from './payload.js';
import { TortureReader } from './reader.js';

/** The `workerData` of a thread. */
export interface ThreadData {
  readonly buffer: SharedArrayBuffer;
  readonly board: Int32Array<SharedArrayBuffer>;
  /** The reader's number; the thread without one is the writer. */
  readonly reader?: number;
}

const { buffer, board: words, reader: index } = workerData as ThreadData;
const board = new Board(words);

if (index === undefined) {
  const writer = new CellWriter(buffer);
  const maker = new PayloadMaker();
  board.waitForReaders();
  while (!board.stopped) {
    writer.publish(maker.make(writer.generation + 1));
    board.countPublished();
  }
} else {
  const reader = new TortureReader(buffer, board, index, (issue) => parentPort?.postMessage(issue));
  board.arrive();
  while (!board.stopped) reader.step();
}
