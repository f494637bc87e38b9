/**
 * The cell's memory: where each word and each region stands, and how a cell is made. Numbers only; what the words
 * mean over time is in `publish.ts` and `acquire.ts`, and why in docs/memory-model.md.
 *
 * One growable SharedArrayBuffer. The header is `Int32Array` words, a cache line (16 words, 64 bytes) for each thing
 * that is written at a time of its own; behind it the regions of the slots, in the order in which they were taken.
 *
 *     word  0        MAGIC_WORD      MAGIC                     written once, by createCell
 *           1        VERSION_WORD    LAYOUT_VERSION            written once, by createCell
 *           2        GENERATION      number of the last publication, 0 before the first
 *           3..15    unused
 *     word 16        slot 0          SLOT_GENERATION  +0       what the slot holds, 0 while it is being written
 *                                    SLOT_OFFSET      +1       of the payload, in bytes from the buffer's start
 *                                    SLOT_LENGTH      +2       of the payload, in bytes
 *                                    SLOT_CHECKSUM    +3       of the payload, crc32 as a signed word
 *                                    +4..15  unused
 *     word 32        slot 1          the same
 *     word 48        slot 2          the same
 *     word 64        slot 3          the same
 *     byte 320       regions         one or more for each slot, never shared, taken from here upwards
 *
 * GENERATION has a line of its own because every `get` of every thread reads it, while readers write to the slots'
 * words (the P of the protocol): on one line, each acquire would throw it out of all other cores' caches.
 */

/** `SOPT` in ASCII: tells a cell from any other shared memory. */
const MAGIC = 0x534f5054;

/** Number of this layout and protocol. A cell with any other number is refused, never read. */
export const LAYOUT_VERSION = 3;

/** Slots in the ring. A reader is overtaken only by a writer that publishes this often while one copy is made. */
export const SLOTS = 4;

/** Index of the word that holds {@link MAGIC}. */
export const MAGIC_WORD = 0;

/** Index of the word that holds {@link LAYOUT_VERSION}. */
export const VERSION_WORD = 1;

/** Index of the generation's word: the one that readers compare, and that can be waited on (`Atomics.waitAsync`). */
export const GENERATION = 2;

/** Within a slot: the generation that it holds, 0 while it is being written. */
export const SLOT_GENERATION = 0;

/** Within a slot: where its payload begins, in bytes from the buffer's start. */
export const SLOT_OFFSET = 1;

/** Within a slot: its payload's length in bytes. */
export const SLOT_LENGTH = 2;

/** Within a slot: its payload's `zlib.crc32`, as a signed word. */
export const SLOT_CHECKSUM = 3;

const WORDS_PER_LINE = 16;

/** Words of the header. */
export const HEADER_WORDS = WORDS_PER_LINE * (1 + SLOTS);

/** Bytes of the header; the first region begins here. */
export const HEADER_BYTES = HEADER_WORDS * Int32Array.BYTES_PER_ELEMENT;

/** Index of the first word of the slot that holds (or will hold) `generation`. */
export function locateSlot(generation: number): number {
  return WORDS_PER_LINE * (1 + (generation % SLOTS));
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** The largest payload that a cell may hold, in bytes. */
export const MAX_PAYLOAD_BYTES = 64 * MIB;

const SMALLEST_REGION_BYTES = 64 * KIB;
const REGION_GROWTH = 4;
const REGION_ALIGNMENT = WORDS_PER_LINE * Int32Array.BYTES_PER_ELEMENT;

/**
 * The sizes of region that a slot of a cell of `reserveBytes` goes through, ascending, in bytes: 64 KiB, 256 KiB, 1, 4,
 * 16, 64 MiB. The last is also the largest payload of this cell. A reserve too small for all of them has fewer, and
 * its last one is all that is left of a slot's share.
 *
 * Why a cell never runs out in the middle of its life, whatever the sequence of payloads:
 * - A slot leaves its region only for a payload that does not fit, so the sizes of the regions that it takes are
 *   strictly ascending: it takes each size at most once.
 * - So one slot takes at most the sum of the list, and all together at most SLOTS times that.
 * - The list is made so that its sum is at most (reserveBytes - HEADER_BYTES) / SLOTS.
 *
 * So whether a payload fits depends on its length only, never on what was published before: what was accepted once is
 * accepted always. And what a slot has left behind is less than a third of the full-sized region that it is in
 * (1/4 + 1/16 + ... < 1/3).
 */
export function computeRegionSizes(reserveBytes: number): number[] {
  const share = Math.max(0, (reserveBytes - HEADER_BYTES) / SLOTS);
  let left = share - (share % REGION_ALIGNMENT);
  const sizes: number[] = [];
  // A size is taken as it is only if the next one will fit beside it; otherwise the remainder is the last size.
  for (let size = SMALLEST_REGION_BYTES; size < MAX_PAYLOAD_BYTES; size *= REGION_GROWTH) {
    if (left < size + size * REGION_GROWTH) break;
    sizes.push(size);
    left -= size;
  }
  sizes.push(Math.min(left, MAX_PAYLOAD_BYTES));
  return sizes;
}

/** What any sequence of payloads of up to {@link MAX_PAYLOAD_BYTES} needs, in bytes: 341.25 MiB and the header. */
const FULL_RESERVE = HEADER_BYTES + SLOTS * (64 + 16 + 4 + 1 + 1 / 4 + 1 / 16) * MIB;

/**
 * The reserves that {@link createCell} tries, in bytes, the best first. They are address space, not memory: what has
 * not been written to costs nothing. The later ones are for hosts that limit the address space (`ulimit -v`); their
 * largest payloads are 14.7 and 3.7 MiB.
 */
export const DEFAULT_RESERVES: readonly number[] = [FULL_RESERVE, 64 * MIB, 16 * MIB];

/**
 * Makes an empty cell: growable shared memory that has only its header yet and can grow to the first of `reserves`
 * (bytes) that the system grants. Any thread may call it, before the buffer is handed to anyone.
 *
 * Throws the system's last RangeError where it grants none of them, or `reserves` is empty.
 */
export function createCell(reserves: readonly number[] = DEFAULT_RESERVES): SharedArrayBuffer {
  const buffer = allocate(reserves);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[MAGIC_WORD] = MAGIC;
  header[VERSION_WORD] = LAYOUT_VERSION;
  return buffer;
}

function allocate(reserves: readonly number[]): SharedArrayBuffer {
  let failure: unknown = new RangeError('No reserve to allocate a cell with');
  for (const maxByteLength of reserves) {
    try {
      return new SharedArrayBuffer(HEADER_BYTES, { maxByteLength });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** The memory is no cell, or one of another layout: nothing in it may be read. */
export class CellFormatError extends Error {
  override readonly name = 'CellFormatError';
  /** The layout version that was found, `undefined` where the memory is no cell at all. */
  readonly version: number | undefined;

  constructor(message: string, version?: number) {
    super(message);
    this.version = version;
  }
}

/**
 * The header of the cell in `buffer`. Its length is fixed: indexing a view that tracks a growable buffer's length costs
 * ten times as much, and the fast path indexes this one.
 *
 * Throws {@link CellFormatError} where `buffer` is no cell of this layout. Any thread may call it.
 */
export function openHeader(buffer: SharedArrayBuffer): Int32Array<SharedArrayBuffer> {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new CellFormatError(`Not a cell: ${buffer.byteLength} bytes are less than a header`);
  }
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  if (header[MAGIC_WORD] !== MAGIC) throw new CellFormatError('Not a cell: the magic number is missing');
  const version = header[VERSION_WORD];
  if (version !== LAYOUT_VERSION) {
    throw new CellFormatError(`The cell has layout version ${version}, this is version ${LAYOUT_VERSION}`, version);
  }
  return header;
}
