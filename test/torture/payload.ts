/** What the torture publishes: every word of a payload, and its length, tell the generation that it belongs to. */

const SMALLEST_BITS = 10;
const LARGEST_BITS = 20;

/**
 * The length in bytes of the payload of `generation`: 1 KiB to 1 MiB, whole words, drawn from the generation alone, so
 * that every thread knows it. Drawn evenly by magnitude: small ones come in runs, and a run of four of them is what
 * overtakes a reader that is copying a large one.
 */
export function lengthOf(generation: number): number {
  // The finalizer of MurmurHash3: neighbours have nothing in common.
  let hash = generation;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  const draw = ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  return Math.floor(2 ** (SMALLEST_BITS + (LARGEST_BITS - SMALLEST_BITS) * draw)) & ~3;
}

const LARGEST_BYTES = 2 ** LARGEST_BITS;

/** Makes payloads, each in the same memory as the one before. */
export class PayloadMaker {
  readonly #words = new Int32Array(LARGEST_BYTES / Int32Array.BYTES_PER_ELEMENT);

  /** The payload of `generation`, until the next call. */
  make(generation: number): Uint8Array {
    const length = lengthOf(generation);
    this.#words.fill(generation, 0, length / Int32Array.BYTES_PER_ELEMENT);
    return new Uint8Array(this.#words.buffer, 0, length);
  }
}

/** What is wrong with `bytes` as the payload of `generation`, in words; `undefined` where it is whole. */
export function faultOf(bytes: Uint8Array, generation: number): string | undefined {
  const expected = lengthOf(generation);
  if (bytes.byteLength !== expected) return `${bytes.byteLength} bytes instead of ${expected}`;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, expected / Int32Array.BYTES_PER_ELEMENT);
  for (let i = 0; i < words.length; i++) {
    if (words[i] !== generation) return `word ${i} of ${words.length} is of generation ${words[i]}`;
  }
  return undefined;
}
