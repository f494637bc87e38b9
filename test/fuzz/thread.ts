/**
 * Runs one round of the command in its own thread: validators live as long as their thread, and an input that never
 * ends, or that ends the thread, must not end the command.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './engine.js';

/** The `workerData` of a round. */
export interface RoundData {
  readonly seed: number;
  /** The end of the round, in milliseconds since 1970. */
  readonly until: number;
  /** The current seed, and the number of inputs so far. This thread writes them, and the command reads them. */
  readonly words: Uint32Array<SharedArrayBuffer>;
  /** Whether the round has only one input. */
  readonly isSingle: boolean;
}

const { seed, until, words, isSingle } = workerData as RoundData;

parentPort?.postMessage(
  fuzz(
    seed,
    ({ inputs }) => {
      Atomics.store(words, 1, inputs);
      return isSingle ? inputs > 0 : Date.now() >= until;
    },
    (current) => Atomics.store(words, 0, current),
  ),
);
