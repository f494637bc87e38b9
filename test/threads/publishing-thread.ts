/**
 * Publishes at full speed: payloads of a million bytes, every word of which is the generation.
 *
 * V8 ends a thread only at a loop's end or a function's beginning, and between the steps of a publication there is
 * hardly one. So each atomic step is followed by a short loop, which makes most terminations hit the middle.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { CellWriter } from '../../src/memory/cell/writer.js';

const LOITER_MS = 0.3;

for (const step of ['exchange', 'store'] as const) {
  const take = Atomics[step].bind(Atomics) as (words: Int32Array, index: number, value: number) => number;
  Atomics[step] = ((words: Int32Array, index: number, value: number) => {
    const result = take(words, index, value);
    for (const end = performance.now() + LOITER_MS; performance.now() < end; );
    return result;
  }) as typeof Atomics.exchange & typeof Atomics.store;
}

const writer = new CellWriter(workerData.cell);
const payload = new Int32Array(250_000);
for (;;) {
  writer.publish(new Uint8Array(payload.fill(writer.generation + 1).buffer));
  if (writer.generation === 1) parentPort?.postMessage('publishing');
}
