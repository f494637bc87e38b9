/** Checks the payloads of publishing-thread.ts, for death.test.ts and acquiring-thread.ts. */
import type { Acquired } from '../../src/memory/cell/reader.js';

/** Returns the generation of a payload, and whether all of its words equal it. */
export function describePayload(acquired: Acquired | undefined): { generation: number; isWhole: boolean } {
  if (acquired === undefined) return { generation: 0, isWhole: false };
  const words = new Int32Array(acquired.bytes.buffer, acquired.bytes.byteOffset, acquired.bytes.length / 4);
  return {
    generation: acquired.generation,
    isWhole: words.length === 250_000 && words.every((word) => word === acquired.generation),
  };
}
