/** The payloads of the torture test: every word of a payload, and its length, identify its generation. */

const SMALLEST_BITS = 10;
const LARGEST_BITS = 20;

/**
 * Computes the length of the payload of `generation` in bytes: 1 KiB to 1 MiB, whole words, derived from the generation
 * alone, so that every thread knows it. Lengths are even by magnitude: small ones come in runs, and a run of four small
 * ones overtakes a reader that is copying a large one.
 */
export function lengthOf(generation: number): number {
  // The finalizer of MurmurHash3: the hashes of neighboring generations have nothing in common.
  let hash = generation;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  const draw = ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  return Math.floor(2 ** (SMALLEST_BITS + (LARGEST_BITS - SMALLEST_BITS) * draw)) & ~3;
}

const LARGEST_BYTES = 2 ** LARGEST_BITS;

/** Makes payloads, each in the memory of the previous one. */
export class PayloadMaker {
  readonly #words = new Int32Array(LARGEST_BYTES / Int32Array.BYTES_PER_ELEMENT);

  /** Makes the payload of `generation`, which is valid until the next call. */
  make(generation: number): Uint8Array {
    const length = lengthOf(generation);
    this.#words.fill(generation, 0, length / Int32Array.BYTES_PER_ELEMENT);
    return new Uint8Array(this.#words.buffer, 0, length);
  }
}

/** Describes why `bytes` are not the payload of `generation`; undefined if they are the whole payload. */
export function faultOf(bytes: Uint8Array, generation: number): string | undefined {
  const expected = lengthOf(generation);
  if (bytes.byteLength !== expected) return `${bytes.byteLength} bytes instead of ${expected}`;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, expected / Int32Array.BYTES_PER_ELEMENT);
  for (let i = 0; i < words.length; i++) {
    if (words[i] !== generation) return `word ${i} of ${words.length} is of generation ${words[i]}`;
  }
  return undefined;
}
