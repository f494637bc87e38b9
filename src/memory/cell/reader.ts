/**
 * The reading side of a cell: acquires a whole copy of the last publication, or nothing. Runs in any number of threads,
 * each with a separate reader; no thread ever waits for another one. The proof of each step is in docs/memory-model.md.
 */
import { crc32 } from 'node:zlib';
import {
  GENERATION,
  HEADER_BYTES,
  locateSlot,
  MAX_PAYLOAD_BYTES,
  openHeader,
  SLOT_CHECKSUM,
  SLOT_GENERATION,
  SLOT_LENGTH,
  SLOT_OFFSET,
  SLOTS,
} from './layout.js';

/**
 * The cell's content is not what its writer wrote: foreign code wrote into it, or the protocol has a bug. The content
 * must not be used; publications that a reader acquired earlier stay valid.
 */
export class CellCorruptedError extends Error {
  override readonly name = 'CellCorruptedError';
  /** The generation that the reader failed to acquire. */
  readonly generation: number;

  constructor(generation: number, reason: string) {
    super(`Generation ${generation} of the cell is corrupted: ${reason}`);
    this.generation = generation;
  }
}

/** Returns private memory of `length` bytes for a copy. Nothing else may read it until the copy is verified. */
export type CopyTarget = (length: number) => Uint8Array<ArrayBuffer>;

/** A copy of a publication. */
export interface Acquired {
  /** Its number, 1 for the first. */
  readonly generation: number;
  /** Its whole payload, in the caller's memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Reads a cell. One thread creates and uses it; a cell may have any number of readers, in any threads. */
export class CellReader {
  /**
   * The header, for the fast path: compare `header[GENERATION]`, read plainly, with the held generation. The value may
   * be old, but that generation was published; only `acquire` reads the payload that it refers to.
   */
  readonly header: Int32Array<SharedArrayBuffer>;
  readonly #buffer: SharedArrayBuffer;

  /** @throws {CellFormatError} if `buffer` is not a cell of this layout */
  constructor(buffer: SharedArrayBuffer) {
    this.header = openHeader(buffer);
    this.#buffer = buffer;
  }

  /**
   * Acquires the last publication, if its generation is higher than `newerThan`.
   *
   * Returns undefined if it is not higher, or if the writer overtook this reader SLOTS times in a row: the caller keeps
   * its snapshot and acquires again at its next read. For a caller without a snapshot (`newerThan` 0), it retries until
   * it succeeds, as soon as there is a publication.
   *
   * Copies to what `target` returns, once for each try: new memory by default. If there is no result, or an error, that
   * memory may hold anything.
   *
   * Never blocks; a try fails only if the writer has published SLOTS - 1 times since the try began.
   *
   * @throws {CellCorruptedError} if the content of the cell is not what the writer wrote
   */
  acquire(newerThan: number, target: CopyTarget = allocate): Acquired | undefined {
    for (let lost = 0; newerThan === 0 || lost < SLOTS; lost++) {
      const generation = Atomics.load(this.header, GENERATION);
      if (generation <= newerThan) return undefined;
      const bytes = this.#tryCopy(generation, target);
      if (bytes !== undefined) return { generation, bytes };
      // The writer empties a slot only after it has published later generations: without a later generation, no race
      // was lost. Without this check, a foreign write to the header could make the first acquire loop forever.
      if (Atomics.load(this.header, GENERATION) === generation) {
        throw new CellCorruptedError(generation, 'its slot holds another generation');
      }
    }
    return undefined;
  }

  /** Copies the payload of `generation`; undefined if the writer has begun to overwrite it. */
  #tryCopy(generation: number, target: CopyTarget): Uint8Array<ArrayBuffer> | undefined {
    const header = this.header;
    const slot = locateSlot(generation);

    // L. Before the reads of the slot's words and payload: reading here what C wrote makes them visible, wherever the
    // number came from. In the opposite order, the reads could return the former content, and P would not detect that.
    if (Atomics.load(header, slot + SLOT_GENERATION) !== generation) return undefined;

    // D. Plain reads, which the writer may overtake: until P succeeds, they can return anything.
    const offset = header[slot + SLOT_OFFSET] as number;
    const length = header[slot + SLOT_LENGTH] as number;
    const checksum = header[slot + SLOT_CHECKSUM] as number;
    const copy = copyOut(this.#buffer, offset, length, target);

    // P. After the copy: it proves that the writer had not begun to overwrite when the copy was complete. Before the
    // copy, it would prove that for bytes that are yet to be read.
    // An add of 0, not a load: a load would leave no trace that the writer's E could read, and nothing would order the
    // copy before the writes that follow E. Processors and compilers could then make those writes visible in the copy.
    if (Atomics.add(header, slot + SLOT_GENERATION, 0) !== generation) return undefined;

    // After P: before P, a lost race would look like corruption.
    if (copy === undefined) throw new CellCorruptedError(generation, `no payload at ${offset}, ${length} bytes`);
    if ((crc32(copy) | 0) !== checksum) throw new CellCorruptedError(generation, 'the checksum differs');
    return copy;
  }
}

/**
 * Copies `length` bytes at `offset` of `buffer` to private memory; undefined if no payload can be there. The two numbers
 * are read in a race and may have any value. The buffer only grows, so a range inside it now stays inside.
 *
 * Uses `set` of views of bytes, which the standard defines in a race, byte by byte, as it does `slice`
 * (docs/memory-model.md). To memory that is reused, it takes 3 and 63 µs for 64 KiB and 1 MiB on Node 20, where `slice`
 * takes 37 and 105 µs: the system need not find new pages. SharedArrayBuffer.slice takes 400 µs for 1 MiB, and its copy is
 * shared.
 */
export function copyOut(
  buffer: SharedArrayBuffer,
  offset: number,
  length: number,
  target: CopyTarget = allocate,
): Uint8Array<ArrayBuffer> | undefined {
  if (offset < HEADER_BYTES || length < 0 || length > MAX_PAYLOAD_BYTES) return undefined;
  if (offset + length > buffer.byteLength) return undefined;
  const copy = target(length);
  copy.set(new Uint8Array(buffer, offset, length));
  return copy;
}

function allocate(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length);
}
