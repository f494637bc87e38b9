/**
 * One round of the command, in a thread of its own: validators are kept for as long as their thread lives, and an input
 * that never ends, or ends the thread, must not take the command along.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './engine.js';

/** What a round is told. */
export interface RoundData {
  readonly seed: number;
  /** When the round is over, in milliseconds since 1970. */
  readonly until: number;
  /** The seed that is being tried, and the number of inputs so far; written here, read by the command. */
  readonly words: Uint32Array<SharedArrayBuffer>;
  /** One input only. */
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
