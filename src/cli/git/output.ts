/** Keeps what git prints, up to a limit. Pure. */

/** Collects output up to a limit. */
export class Collector {
  readonly #chunks: Buffer[] = [];
  readonly #max: number;
  #size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Returns false, and keeps nothing, if there is too much. */
  add(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.#max) return false;
    this.#chunks.push(chunk);
    return true;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** Keeps the end of a text. */
export class Tail {
  #bytes: Buffer = Buffer.alloc(0);
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.length > this.#max) this.#bytes = Buffer.from(this.#bytes.subarray(-this.#max));
  }

  toString(): string {
    return this.#bytes.toString().trim();
  }
}
