/**
 * The reading side of a cell: a whole copy of what was published last, or nothing. Any number of threads, each with a
 * reader of its own; nobody ever waits for anybody. Why it is right, step by step, is in docs/memory-model.md.
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
 * The cell is not what its writer left: somebody else wrote into it, or the protocol has a bug. What is in it must not
 * be used; what a reader acquired before stays good.
 */
export class CellCorruptedError extends Error {
  override readonly name = 'CellCorruptedError';
  /** The generation that could not be read. */
  readonly generation: number;

  constructor(generation: number, what: string) {
    super(`Generation ${generation} of the cell is corrupted: ${what}`);
    this.generation = generation;
  }
}

/** A publication, copied out of the cell. */
export interface Acquired {
  /** Its number, 1 for the first. */
  readonly generation: number;
  /** Its payload, whole, in memory of the caller's own. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Reads a cell. Made and used by one thread; a cell may have any number of readers, on any threads. */
export class CellReader {
  /**
   * The header, for the fast path: compare `header[GENERATION]`, read plainly, with the generation that is held. What
   * it says may be old, but never what was not published; only `acquire` reads what it points to.
   */
  readonly header: Int32Array<SharedArrayBuffer>;
  readonly #buffer: SharedArrayBuffer;

  /** Throws {@link CellFormatError} where `buffer` is no cell of this layout. */
  constructor(buffer: SharedArrayBuffer) {
    this.header = openHeader(buffer);
    this.#buffer = buffer;
  }

  /**
   * The last publication, where its generation is higher than `newerThan`. `undefined` where it is not, or where the
   * writer overtook this reader SLOTS times in a row: the caller keeps what it has and asks again at its next read.
   * A caller that has nothing (`newerThan` 0) is answered as soon as there is anything: it tries until it succeeds.
   *
   * Never blocks; a try fails only if the writer has published SLOTS - 1 times since it began. Throws
   * {@link CellCorruptedError}.
   */
  acquire(newerThan: number): Acquired | undefined {
    for (let lost = 0; newerThan === 0 || lost < SLOTS; lost++) {
      const generation = Atomics.load(this.header, GENERATION);
      if (generation <= newerThan) return undefined;
      const bytes = this.#tryCopy(generation);
      if (bytes !== undefined) return { generation, bytes };
      // A slot is emptied only after later generations were published: a race that was lost to nobody is none. Without
      // this a stranger's write to the header could hold the first acquire here for ever.
      if (Atomics.load(this.header, GENERATION) === generation) {
        throw new CellCorruptedError(generation, 'its slot holds another');
      }
    }
    return undefined;
  }

  /** The payload of `generation`, `undefined` if the writer has begun to overwrite it. */
  #tryCopy(generation: number): Uint8Array<ArrayBuffer> | undefined {
    const header = this.header;
    const slot = locateSlot(generation);

    // L. Before the slot's words and payload are read: to have read here what C wrote makes them visible, wherever the
    // number came from. The other way round they could be what stood there before, and P would find nothing wrong.
    if (Atomics.load(header, slot + SLOT_GENERATION) !== generation) return undefined;

    // D. Plain reads, which the writer may be overtaking: until P has been passed they can be anything.
    const offset = header[slot + SLOT_OFFSET] as number;
    const length = header[slot + SLOT_LENGTH] as number;
    const checksum = header[slot + SLOT_CHECKSUM] as number;
    const copy = copyOut(this.#buffer, offset, length);

    // P. After the copy: it says that the writer had not begun to overwrite when the copy was complete. Before it, it
    // would say so of bytes that have yet to be read.
    // An add of 0, not a load: a load would leave no trace that the writer's E could read, and nothing would order the
    // copy before the writes that follow E. Processors and compilers may then let them be seen in it.
    if (Atomics.add(header, slot + SLOT_GENERATION, 0) !== generation) return undefined;

    // After P: before it, a lost race would look like corruption.
    if (copy === undefined) throw new CellCorruptedError(generation, `no payload at ${offset}, ${length} bytes`);
    if ((crc32(copy) | 0) !== checksum) throw new CellCorruptedError(generation, 'the checksum differs');
    return copy;
  }
}

/**
 * A private copy of `length` bytes at `offset` of `buffer`, `undefined` where no payload can stand there. The numbers
 * are read in a race and may be any; the buffer only ever grows, so what is inside it now stays inside.
 *
 * `slice` of a view, as it is one plain call and nothing is faster to speak of: 1, 2, 5, 20 and 95 µs for 1 KiB, 16 KiB,
 * 64 KiB, 256 KiB and 1 MiB on Node 20 (best of 15 runs). A new Uint8Array and `set`, Buffer.allocUnsafeSlow and `set`,
 * and Buffer.copy cost the same up to 256 KiB, within the noise; those that skip the zeroing take 72 µs for 1 MiB, not
 * worth a Buffer's shape in the decoder. SharedArrayBuffer.slice takes 400 µs for 1 MiB, and its copy is shared.
 */
export function copyOut(
  buffer: SharedArrayBuffer,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> | undefined {
  if (offset < HEADER_BYTES || length < 0 || length > MAX_PAYLOAD_BYTES) return undefined;
  if (offset + length > buffer.byteLength) return undefined;
  return new Uint8Array(buffer, offset, length).slice();
}
