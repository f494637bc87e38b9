/**
 * The writing side of a cell. One thread publishes, any number of threads read (`reader.ts`); no thread ever waits for
 * another one. The proof of each step is in docs/memory-model.md.
 */
import { crc32 } from 'node:zlib';
import {
  computeRegionSizes,
  GENERATION,
  HEADER_BYTES,
  locateSlot,
  MAGIC_WORD,
  openHeader,
  SEAL_WORD,
  SLOT_CHECKSUM,
  SLOT_GENERATION,
  SLOT_LENGTH,
  SLOT_OFFSET,
  SLOTS,
  VERSION_WORD,
} from './layout.js';

/** The last possible generation: the words of shared memory are signed 32-bit integers. */
const LAST_GENERATION = 2 ** 31 - 1;

/** The payload is larger than the cell can hold, or the system grants no memory for it. The cell is unchanged. */
export class CellFullError extends Error {
  override readonly name = 'CellFullError';
  /** The length of the rejected payload, in bytes. */
  readonly requestedBytes: number;
  /** The length of the largest payload that fits, in bytes. */
  readonly availableBytes: number;

  constructor(requestedBytes: number, availableBytes: number, options?: ErrorOptions) {
    super(`The payload must have at most ${availableBytes} bytes; got ${requestedBytes}`, options);
    this.requestedBytes = requestedBytes;
    this.availableBytes = availableBytes;
  }
}

/** The last generation, 2^31 - 1, is published: there are no more. Nothing has changed. */
export class GenerationsExhaustedError extends Error {
  override readonly name = 'GenerationsExhaustedError';

  constructor() {
    super(`The cell cannot publish beyond generation ${LAST_GENERATION}`);
  }
}

/**
 * Returns the number of the generation after `generation`.
 *
 * @throws {GenerationsExhaustedError} after generation 2^31 - 1
 */
export function nextGeneration(generation: number): number {
  if (generation >= LAST_GENERATION) throw new GenerationsExhaustedError();
  return generation + 1;
}

/** A range of the buffer that belongs to one slot; offset and size in bytes. */
interface Region {
  readonly offset: number;
  readonly size: number;
}

/**
 * Publishes into a cell. A cell has exactly one writer in its whole life, which one thread uses: two writers would
 * overwrite each other's regions. Never blocks and never waits for readers.
 */
export class CellWriter {
  readonly #buffer: SharedArrayBuffer;
  readonly #header: Int32Array<SharedArrayBuffer>;
  /** The sizes of regions, ascending. The last size is the largest payload. */
  readonly #sizes: readonly number[];
  /** The current region of each slot, initially empty. Only this thread knows them: readers use the slots' words. */
  readonly #regions: Region[] = Array.from({ length: SLOTS }, () => ({ offset: HEADER_BYTES, size: 0 }));
  /** The start of the next region; all bytes before it are allocated. */
  #end = HEADER_BYTES;
  /** The words of the header that never change, as this writer found them. */
  readonly #fixed: ReadonlyMap<number, number>;
  /** The last publication and its number. Kept here, since other code of the process may overwrite the header. */
  #last: { generation: number; offset: number; length: number; checksum: number } | undefined;
  #generation: number;

  /**
   * Becomes the writer of the cell in `buffer`, which continues after generation `after`.
   *
   * @throws {CellFormatError} if `buffer` is not a cell of this layout
   * @throws {Error} if the cell already had a writer, whose regions this writer cannot know
   */
  constructor(buffer: SharedArrayBuffer, after = 0) {
    this.#header = openHeader(buffer);
    this.#buffer = buffer;
    this.#sizes = computeRegionSizes(buffer.maxByteLength);
    const generation = this.#header[GENERATION] as number;
    if (generation !== after) throw new Error(`The cell already has a writer: it is at generation ${generation}`);
    this.#generation = after;
    this.#fixed = new Map([MAGIC_WORD, VERSION_WORD, SEAL_WORD].map((word) => [word, this.#header[word] as number]));
  }

  /**
   * Becomes the writer of a cell after another one, which has published `first` as its only publication, and never writes
   * again. The regions follow from that: the first region belongs to the slot of generation 1.
   *
   * @throws as the constructor does, if the cell is not at generation 1
   */
  static takeOver(buffer: SharedArrayBuffer, first: Uint8Array): CellWriter {
    const writer = new CellWriter(buffer, 1);
    const { offset } = writer.#ensureRegion(1 % SLOTS, first.byteLength);
    writer.#last = { generation: 1, offset, length: first.byteLength, checksum: crc32(first) };
    return writer;
  }

  /** The last published generation, 0 before the first publication. */
  get generation(): number {
    return this.#generation;
  }

  /** The length of the largest payload that the cell can hold, in bytes. */
  get capacity(): number {
    return this.#sizes.at(-1) ?? 0;
  }

  /**
   * Publishes `bytes` and returns their generation, 1 for the first publication. Copies them: the caller may change
   * them afterwards. A reader in the middle of a copy of the slot's former content detects the publication.
   *
   * After an error the cell is unchanged. After a {@link CellFullError}, a smaller payload can be published.
   *
   * @throws {CellFullError} if the payload is too large
   * @throws {GenerationsExhaustedError} after generation 2^31 - 1
   */
  publish(bytes: Uint8Array): number {
    const header = this.#header;
    const generation = nextGeneration(this.generation);

    // Everything that can fail comes before E: after E, the slot's former payload is lost.
    const region = this.#ensureRegion(generation % SLOTS, bytes.byteLength);
    const checksum = crc32(bytes);

    // step:E
    // E. First, this takes the slot out of use. If anything were written before E, a reader that copies the former
    // payload could copy parts of this payload and still find its generation in place at P.
    // An exchange, not a store: only by reading what a reader's P wrote does E order that reader's copy before the
    // writes that follow. With a store, those writes may become visible early, for example on arm64, in a copy that
    // passes P.
    const slot = locateSlot(generation);
    Atomics.exchange(header, slot + SLOT_GENERATION, 0);

    // step:payload
    // Plain writes; C publishes them. The move to another region is one of these writes, so it comes after E too:
    // offset and length of different generations would make a reader copy bytes that are not a payload.
    header[slot + SLOT_OFFSET] = region.offset;
    header[slot + SLOT_LENGTH] = bytes.byteLength;
    header[slot + SLOT_CHECKSUM] = checksum;
    new Uint8Array(this.#buffer, region.offset, bytes.byteLength).set(bytes);

    // step:C
    // C. After the payload: a reader that finds this number at L sees everything that was written above. In the
    // opposite order, the slot would vouch for a payload that is not written yet, and P, which reads the slot, would
    // not detect that.
    Atomics.store(header, slot + SLOT_GENERATION, generation);

    // step:generation
    // After C: a reader of the new number must find its slot filled. Before C, this would send every reader to a slot
    // that is being written, and the death of this thread between the two steps would leave them there forever.
    Atomics.store(header, GENERATION, generation);
    this.#generation = generation;
    this.#last = { generation, offset: region.offset, length: bytes.byteLength, checksum };
    // step:notify
    // After the store: a waiter that wakes before the store finds the former number and goes back to sleep.
    Atomics.notify(header, GENERATION);
    return generation;
  }

  /**
   * Whether the cell still holds the last publication as this writer wrote it. If not, other code of the process has
   * written to the cell, or to its header. Takes 0.2 ms for each MiB of the payload.
   */
  isIntact(): boolean {
    const header = this.#header;
    if ([...this.#fixed].some(([word, value]) => header[word] !== value)) return false;
    if (header[GENERATION] !== this.#generation) return false;
    if (this.#last === undefined) return true;
    const { generation, offset, length, checksum } = this.#last;
    const slot = locateSlot(generation);
    return (
      header[slot + SLOT_GENERATION] === generation &&
      header[slot + SLOT_OFFSET] === offset &&
      header[slot + SLOT_LENGTH] === length &&
      header[slot + SLOT_CHECKSUM] === (checksum | 0) &&
      crc32(new Uint8Array(this.#buffer, offset, length)) === checksum
    );
  }

  /** Restores the words of the header that never change. The next publication restores everything else. */
  restoreHeader(): void {
    for (const [word, value] of this.#fixed) this.#header[word] = value;
  }

  /**
   * Returns the region of slot number `index`; allocates a larger region if `length` bytes do not fit. Does not touch
   * anything that readers can see: the new region is behind all others, and the slot's words still point to the former
   * region.
   */
  #ensureRegion(index: number, length: number): Region {
    const current = this.#regions[index] as Region;
    if (length <= current.size) return current;
    const size = this.#sizes.find((candidate) => candidate >= length);
    if (size === undefined) throw new CellFullError(length, this.capacity);
    const end = this.#end + size;
    try {
      if (end > this.#buffer.byteLength) this.#buffer.grow(end);
    } catch (cause) {
      // The size is within the reserve (see computeRegionSizes), so the system has no memory. It may have some later.
      throw new CellFullError(length, current.size, { cause });
    }
    const region = { offset: this.#end, size };
    this.#regions[index] = region;
    this.#end = end;
    return region;
  }
}
