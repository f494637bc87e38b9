/** The bytes of one snapshot, as long as they are its own. Runs wherever `decode.ts` does, and imports nothing. */

/** The bytes of a snapshot, and their words. All code that decodes a snapshot gets them here, at each use. */
export class SnapshotBytes {
  #bytes: Uint8Array | undefined;
  #words: Int32Array | undefined;

  /** @param bytes at a multiple of 4 bytes */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  }

  /** @throws {Error} after {@link take} */
  get bytes(): Uint8Array {
    return this.#bytes ?? failTaken();
  }

  /** @throws {Error} after {@link take} */
  get words(): Int32Array {
    return this.#words ?? failTaken();
  }

  /** Returns the bytes, for another snapshot to overwrite. */
  take(): Uint8Array {
    const { bytes } = this;
    this.#bytes = undefined;
    this.#words = undefined;
    return bytes;
  }
}

/** Only a bug leads here: otherwise, the reader would decode bytes of another snapshot, to wrong values. */
function failTaken(): never {
  throw new Error('This snapshot has lost its memory');
}
