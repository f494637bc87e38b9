/**
 * The layout of a cell: the position of each word and each region, and the creation of a cell. Numbers only; the
 * protocol is in `writer.ts` and `reader.ts`, its proof in docs/memory-model.md. Any thread may import it.
 *
 * A cell is one growable SharedArrayBuffer. Its header consists of `Int32Array` words; words that are written at
 * different times have separate cache lines (16 words, 64 bytes). Behind the header are the regions of the slots, in
 * the order of their allocation.
 *
 *     word  0        MAGIC_WORD      MAGIC                     written once, by createCell
 *           1        VERSION_WORD    LAYOUT_VERSION            written once, by createCell
 *           2        GENERATION      number of the last publication, 0 before the first
 *           3        SEAL            identifies store and cell     written once, before another thread has the handle
 *           4..15    unused
 *     word 16        slot 0          SLOT_GENERATION  +0       what the slot holds, 0 while it is being written
 *                                    SLOT_OFFSET      +1       of the payload, in bytes from the buffer's start
 *                                    SLOT_LENGTH      +2       of the payload, in bytes
 *                                    SLOT_CHECKSUM    +3       of the payload, crc32 as a signed word
 *                                    +4..15  unused
 *     word 32        slot 1          the same
 *     word 48        slot 2          the same
 *     word 64        slot 3          the same
 *     byte 320       regions         one or more for each slot, never shared, allocated from here upwards
 *
 * GENERATION has a separate line, because every `get` of every thread reads it while readers write to the slots' words
 * (step P of the protocol): on a shared line, each acquire would evict GENERATION from the caches of all other cores.
 */

/** `SOPT` in ASCII. Identifies a cell. */
const MAGIC = 0x534f5054;

/** The version of this layout and protocol. A cell of any other version is rejected, never read. */
export const LAYOUT_VERSION = 9;

/** Slots in the ring. A writer overtakes a reader only if it publishes SLOTS - 1 times during one copy. */
export const SLOTS = 4;

/** Index of the word that holds {@link MAGIC}. */
export const MAGIC_WORD = 0;

/** Index of the word that holds {@link LAYOUT_VERSION}. */
export const VERSION_WORD = 1;

/** Index of the generation's word. Readers compare this word, and can wait on it (`Atomics.waitAsync`). */
export const GENERATION = 2;

/** Index of the word that binds the cell to its handle (`handle.ts`). The protocol does not use it. */
export const SEAL_WORD = 3;

/** Within a slot: the generation in the slot, 0 while the slot is being written. */
export const SLOT_GENERATION = 0;

/** Within a slot: the start of its payload, in bytes from the buffer's start. */
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

/** Returns the index of the first word of the slot that holds (or will hold) `generation`. */
export function locateSlot(generation: number): number {
  return WORDS_PER_LINE * (1 + (generation % SLOTS));
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** The largest payload of any cell, in bytes. */
export const MAX_PAYLOAD_BYTES = 64 * MIB;

const SMALLEST_REGION_BYTES = 64 * KIB;
const REGION_GROWTH = 4;
const REGION_ALIGNMENT = WORDS_PER_LINE * Int32Array.BYTES_PER_ELEMENT;

/**
 * Computes the sizes of the regions that a slot of a cell of `reserveBytes` moves through, ascending, in bytes: 64 KiB,
 * 256 KiB, 1, 4, 16, 64 MiB. The last size is also the largest payload of this cell. A reserve that is too small for
 * all of these sizes gets fewer; its last size is then the remainder of a slot's share.
 *
 * Why a cell never runs out of space during its life, whatever the sequence of payloads:
 * - A slot leaves its region only for a payload that does not fit, so the sizes of its regions are strictly ascending:
 *   it allocates each size at most once.
 * - So one slot allocates at most the sum of the list, and all slots together at most SLOTS times that sum.
 * - The sum of the list is at most (reserveBytes - HEADER_BYTES) / SLOTS.
 *
 * So whether a payload fits depends on its length only, never on earlier publications: a length that was accepted once
 * is always accepted. And the regions that a slot has left are together less than a third of its current full-sized
 * region (1/4 + 1/16 + ... < 1/3).
 */
export function computeRegionSizes(reserveBytes: number): number[] {
  const share = Math.max(0, (reserveBytes - HEADER_BYTES) / SLOTS);
  let left = share - (share % REGION_ALIGNMENT);
  const sizes: number[] = [];
  // Adds a size only if the next size fits as well; otherwise the remainder is the last size.
  for (let size = SMALLEST_REGION_BYTES; size < MAX_PAYLOAD_BYTES; size *= REGION_GROWTH) {
    if (left < size + size * REGION_GROWTH) break;
    sizes.push(size);
    left -= size;
  }
  sizes.push(Math.min(left, MAX_PAYLOAD_BYTES));
  return sizes;
}

/** The space for any sequence of payloads up to {@link MAX_PAYLOAD_BYTES}, in bytes: 341.25 MiB and the header. */
const FULL_RESERVE = HEADER_BYTES + SLOTS * (64 + 16 + 4 + 1 + 1 / 4 + 1 / 16) * MIB;

/**
 * The reserves that {@link createCell} tries, in bytes, the best first. They are address space, not memory: bytes that
 * were never written cost nothing. The later reserves are for hosts that limit the address space (`ulimit -v`); their
 * largest payloads are 14.7 and 3.7 MiB.
 */
export const DEFAULT_RESERVES: readonly number[] = [FULL_RESERVE, 64 * MIB, 16 * MIB];

/**
 * Creates an empty cell: growable shared memory that contains only the header, and can grow to the first of `reserves`
 * (bytes) that the system grants. Any thread may call it, before other threads get the buffer.
 *
 * @param isGrown whether it is as large as its reserve from the beginning, so that no publication can fail for lack of
 *   address space. Bytes that were never written cost nothing then, either.
 * @throws {RangeError} the system's last error if it grants none of the reserves; or if `reserves` is empty
 */
export function createCell(
  reserves: readonly number[] = DEFAULT_RESERVES,
  { isGrown = false }: { readonly isGrown?: boolean } = {},
): SharedArrayBuffer {
  const buffer = allocate(reserves, isGrown);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[MAGIC_WORD] = MAGIC;
  header[VERSION_WORD] = LAYOUT_VERSION;
  return buffer;
}

function allocate(reserves: readonly number[], isGrown: boolean): SharedArrayBuffer {
  let failure: unknown = new RangeError('A cell must have at least one reserve; got none');
  for (const maxByteLength of reserves) {
    try {
      return new SharedArrayBuffer(isGrown ? maxByteLength : HEADER_BYTES, { maxByteLength });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** The memory is not a cell, or a cell of another layout: no thread may read it. */
export class CellFormatError extends Error {
  override readonly name = 'CellFormatError';
  /** The layout version of the memory; undefined if the memory is not a cell. */
  readonly version: number | undefined;

  constructor(message: string, version?: number) {
    super(message);
    this.version = version;
  }
}

/**
 * Returns the header of the cell in `buffer`, as a view of fixed length: indexing a view that tracks the length of a
 * growable buffer costs ten times as much, and the fast path indexes this view. Any thread may call it.
 *
 * @throws {CellFormatError} if `buffer` is not a cell of this layout
 */
export function openHeader(buffer: SharedArrayBuffer): Int32Array<SharedArrayBuffer> {
  if (buffer.byteLength < HEADER_BYTES) {
    throw new CellFormatError(`Not a cell: a header has ${HEADER_BYTES} bytes; got ${buffer.byteLength}`);
  }
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  if (header[MAGIC_WORD] !== MAGIC) throw new CellFormatError('Not a cell: the magic number is missing');
  const version = header[VERSION_WORD];
  if (version !== LAYOUT_VERSION) {
    throw new CellFormatError(`The cell must have layout version ${LAYOUT_VERSION}; got ${version}`, version);
  }
  return header;
}
