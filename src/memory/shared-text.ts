/** A string in shared memory: one thread writes it, any thread reads it. */

/** The location of a string: `offset` in bytes, `lengthWord` as an index of an Int32, `maxBytes` of UTF-8. */
export interface TextPlace {
  readonly offset: number;
  readonly lengthWord: number;
  readonly maxBytes: number;
}

/** A view of one string. */
export class SharedText {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #place: TextPlace;

  constructor(buffer: SharedArrayBuffer, place: TextPlace) {
    this.#words = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#place = place;
  }

  /** Writes `value`, truncated. The length is written last and read first: no thread reads the bytes too early. */
  write(value: string): void {
    const { offset, lengthWord, maxBytes } = this.#place;
    const encoded = Buffer.from(value).subarray(0, maxBytes);
    this.#bytes.set(encoded, offset);
    Atomics.store(this.#words, lengthWord, encoded.length);
  }

  /** Reads the string; undefined if it is not written yet, or empty. */
  read(): string | undefined {
    const { offset, lengthWord, maxBytes } = this.#place;
    const length = Math.min(Atomics.load(this.#words, lengthWord), maxBytes);
    if (length <= 0) return undefined;
    // A copy first: decoding memory that another thread writes can crash the process on Node 20 and 22.
    return Buffer.from(this.#bytes.slice(offset, offset + length)).toString();
  }
}
