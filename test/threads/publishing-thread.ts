/**
 * A worker thread for death.test.ts: publishes payloads of a million bytes at full speed; every word is the generation.
 *
 * V8 terminates a thread only at the end of a loop or the start of a function, and a publication has hardly any of
 * them between its steps. So a short loop follows each atomic step, and most terminations hit the middle.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { CellWriter } from '../../src/memory/cell/writer.js';

const PAUSE_MS = 0.3;

for (const step of ['exchange', 'store'] as const) {
  const run = Atomics[step].bind(Atomics) as (words: Int32Array, index: number, value: number) => number;
  Atomics[step] = ((words: Int32Array, index: number, value: number) => {
    const result = run(words, index, value);
    for (const end = performance.now() + PAUSE_MS; performance.now() < end; );
    return result;
  }) as typeof Atomics.exchange & typeof Atomics.store;
}

const writer = new CellWriter(workerData.cell);
const payload = new Int32Array(250_000);
for (;;) {
  writer.publish(new Uint8Array(payload.fill(writer.generation + 1).buffer));
  if (writer.generation === 1) parentPort?.postMessage('publishing');
}
