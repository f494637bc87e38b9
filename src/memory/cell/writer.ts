/**
 * The writing side of a cell. One thread publishes, any number read (`acquire.ts`); nobody ever waits for anybody.
 * Why it is right, step by step, is in docs/memory-model.md.
 */
import { crc32 } from 'node:zlib';
import {
  computeRegionSizes,
  GENERATION,
  HEADER_BYTES,
  locateSlot,
  openHeader,
  SLOT_CHECKSUM,
  SLOT_GENERATION,
  SLOT_LENGTH,
  SLOT_OFFSET,
  SLOTS,
} from './layout.js';

/** The last generation that there can be: the words of the header are signed 32-bit integers. */
const LAST_GENERATION = 2 ** 31 - 1;

/** The payload is larger than the cell can hold, or the system grants no memory for it. Nothing was changed. */
export class CellFullError extends Error {
  override readonly name = 'CellFullError';
  /** Length of the payload that was refused, in bytes. */
  readonly requestedBytes: number;
  /** Length of the largest payload that can be had instead, in bytes. */
  readonly availableBytes: number;

  constructor(requestedBytes: number, availableBytes: number, options?: ErrorOptions) {
    super(`The cell cannot hold ${requestedBytes} bytes: at most ${availableBytes} may be had`, options);
    this.requestedBytes = requestedBytes;
    this.availableBytes = availableBytes;
  }
}

/** The last generation, 2^31 - 1, has been published: this cell takes no more. Nothing was changed. */
export class GenerationsExhaustedError extends Error {
  override readonly name = 'GenerationsExhaustedError';

  constructor() {
    super(`Generation ${LAST_GENERATION} was the last that the cell can count`);
  }
}

/** A range of the buffer that belongs to one slot, in bytes. */
interface Region {
  readonly offset: number;
  readonly size: number;
}

/**
 * Publishes into a cell. Exactly one writer exists for a cell in all its life, and one thread uses it: two would
 * overwrite each other's regions. Never blocks and never waits for readers.
 */
export class CellWriter {
  readonly #buffer: SharedArrayBuffer;
  readonly #header: Int32Array<SharedArrayBuffer>;
  /** Ascending; the last is the largest payload. */
  readonly #sizes: readonly number[];
  /** By slot, at first with room for nothing. Known to this thread only: readers go by the slot's words. */
  readonly #regions: Region[] = Array.from({ length: SLOTS }, () => ({ offset: HEADER_BYTES, size: 0 }));
  /** Where the next region begins; all before it is taken. */
  #end = HEADER_BYTES;

  /**
   * Takes over the cell in `buffer`. Throws {@link CellFormatError} where it is none of this layout, and an Error where
   * it has had a writer already, whose regions this one cannot know.
   */
  constructor(buffer: SharedArrayBuffer) {
    this.#header = openHeader(buffer);
    this.#buffer = buffer;
    this.#sizes = computeRegionSizes(buffer.maxByteLength);
    if (this.generation !== 0) throw new Error(`The cell has a writer already: it is at generation ${this.generation}`);
  }

  /** The generation that was published last, 0 before the first. */
  get generation(): number {
    // A plain read is exact here: this thread alone writes the word.
    return this.#header[GENERATION] as number;
  }

  /**
   * Makes `bytes` the cell's content and returns its generation, 1 for the first. They are copied: the caller may
   * change them afterwards. Readers that are in the middle of a copy of the slot's former content find out.
   *
   * Throws {@link CellFullError} where the payload is too large, {@link GenerationsExhaustedError} after generation
   * 2^31 - 1; then nothing has been changed, and a smaller payload can be published as if nothing had happened.
   */
  publish(bytes: Uint8Array): number {
    const header = this.#header;
    if (this.generation >= LAST_GENERATION) throw new GenerationsExhaustedError();
    const generation = this.generation + 1;

    // All that can fail comes before E: past E, the slot's former payload is gone.
    const region = this.#regionFor(generation % SLOTS, bytes.byteLength);
    const checksum = crc32(bytes);

    // step:E
    // E. First of all, the slot is taken out of use. Were anything written before it, a reader that copies the former
    // payload could copy parts of this one and still find its generation in place at P.
    // An exchange, not a store: only by reading what a reader's P wrote does E order that reader's copy before the
    // writes that follow. With a store they may become visible early, on arm64 for one, in a copy that passes P.
    const slot = locateSlot(generation);
    Atomics.exchange(header, slot + SLOT_GENERATION, 0);

    // step:payload
    // Plain writes; C publishes them. The move to another region is one of them, and so comes after E too: offset and
    // length of different generations would make a reader copy bytes that are no payload.
    header[slot + SLOT_OFFSET] = region.offset;
    header[slot + SLOT_LENGTH] = bytes.byteLength;
    header[slot + SLOT_CHECKSUM] = checksum;
    new Uint8Array(this.#buffer, region.offset, bytes.byteLength).set(bytes);

    // step:C
    // C. After the payload: a reader that finds this number at L sees all that was written above. The other way round
    // the slot would vouch for a payload that is not there yet, and P, which asks the slot, would find nothing wrong.
    Atomics.store(header, slot + SLOT_GENERATION, generation);

    // step:generation
    // After C: whoever reads the new number must find its slot filled. Before C, every reader would be sent to a slot
    // that is being written, and the death of this thread between the two would leave them there for good.
    Atomics.store(header, GENERATION, generation);
    // step:notify
    // After the store: a waiter that is woken before it finds the former number and goes back to sleep.
    Atomics.notify(header, GENERATION);
    return generation;
  }

  /**
   * The region of slot number `index`, moved to a larger one where `length` bytes do not fit. What readers can see is
   * not touched: the new region lies beyond all others, and the slot's words still point to the former one.
   */
  #regionFor(index: number, length: number): Region {
    const current = this.#regions[index] as Region;
    if (length <= current.size) return current;
    const size = this.#sizes.find((candidate) => candidate >= length);
    if (size === undefined) throw new CellFullError(length, this.#sizes.at(-1) ?? 0);
    const end = this.#end + size;
    try {
      if (end > this.#buffer.byteLength) this.#buffer.grow(end);
    } catch (cause) {
      // Within the reserve (see regionSizes), so it is the system that has no memory. It may have some later.
      throw new CellFullError(length, current.size, { cause });
    }
    const region = { offset: this.#end, size };
    this.#regions[index] = region;
    this.#end = end;
    return region;
  }
}
