/**
 * The readers' half of the snapshot codec: decodes one option's value at a time. Runs in every thread that reads
 * options, on the thread's own verified copy of the bytes, so it checks only the frame and not each value. The writer's
 * half is `encode.ts` and `compose.ts`, the layout is `segment.fbs` and `frame.ts`.
 */
import type { OptionValue } from '../common/value.js';
import type { OptionId } from '../names/option-id.js';
import { ExactByteBuffer, SnapshotFormatError, ValueDecoder } from './decode-value.js';
import { FlagTable } from './flag-table.js';
import {
  BASE_WORD,
  CHANGES_WORD,
  ENTRY_FIRST_INDEX,
  ENTRY_LENGTH,
  ENTRY_OFFSET,
  type EncodedSegment,
  FLAGS_WORD,
  FRAME_MAGIC,
  GENERATION_WORD,
  HEADER_WORDS,
  locateChanges,
  locateStamps,
  MAGIC_WORD,
  NAMES_LENGTH_WORD,
  NAMES_OFFSET_WORD,
  NAMESPACES_WORD,
  OPTIONS_WORD,
  readEntry,
  type Shape,
  VERSION_WORD,
} from './frame.js';
import { Kind } from './generated/kind.js';
import { Layout } from './generated/layout.js';
import { Segment } from './generated/segment.js';
import type { Value } from './generated/value.js';
import { SnapshotBytes } from './snapshot-bytes.js';

/**
 * The bytes of one snapshot. Decodes single values, and keeps none. Only the thread that created it may use it.
 *
 * Lists of words and bytes that its methods return ({@link stamps}, {@link changes}, {@link segment}, and those of
 * {@link flags}) are views of the bytes. A reader uses them before it returns to its caller, and keeps none: its next
 * adoptions may overwrite the bytes ({@link takeBytes}).
 */
export class EncodedSnapshot {
  /** The generation that first published these values. */
  readonly generation: number;
  /** Options that {@link changes} omits last changed in this generation, or before it. */
  readonly base: number;
  /** The flags by pattern. */
  readonly flags: FlagTable;
  readonly #own: SnapshotBytes;
  readonly #shape: Shape;
  readonly #stampsStart: number;
  readonly #changesStart: number;
  // Made for the first value: most threads adopt most snapshots without a read of what changed, and the first read after
  // a reload runs code that V8 has not compiled yet.
  #buffer: ExactByteBuffer | undefined;
  #decoder: ValueDecoder | undefined;
  /** The segments that were read. */
  readonly #segments: Segment[] = [];

  /**
   * Decodes nothing: its time does not depend on the number of options.
   *
   * @param bytes the output of `composeSnapshot`, as a copy that no thread changes, at a multiple of 4 bytes. Never
   *   shared memory: decoding a string while another thread writes it can crash the process
   * @param shape the namespaces and options of the store
   * @throws {SnapshotFormatError} if it is not a snapshot, or its version or shape differs
   */
  constructor(bytes: Uint8Array, shape: Shape) {
    const own = new SnapshotBytes(bytes);
    const { words } = own;
    if (words.length < HEADER_WORDS || words[MAGIC_WORD] !== FRAME_MAGIC) {
      throw new SnapshotFormatError('The bytes are not a snapshot');
    }
    if (words[VERSION_WORD] !== Layout.Version) {
      throw new SnapshotFormatError(`The snapshot must have version ${Layout.Version}; got ${words[VERSION_WORD]}`);
    }
    const { namespaceCount, optionCount } = shape;
    if (words[NAMESPACES_WORD] !== namespaceCount || words[OPTIONS_WORD] !== optionCount) {
      throw new SnapshotFormatError(
        `The snapshot must have ${optionCount} options in ${namespaceCount} namespaces; ` +
          `got ${words[OPTIONS_WORD]} in ${words[NAMESPACES_WORD]}`,
      );
    }
    const flagCount = words[FLAGS_WORD] as number;
    const changesStart = locateChanges(shape, flagCount);
    const changesEnd = changesStart + (words[CHANGES_WORD] as number);
    const [namesStart, namesLength] = [words[NAMES_OFFSET_WORD] as number, words[NAMES_LENGTH_WORD] as number];
    const hasNames = namesStart >= 0 && namesStart % 4 === 0 && namesLength >= 0;
    const areInside = changesEnd <= words.length && namesStart + namesLength <= bytes.length;
    if (flagCount < 0 || changesEnd < changesStart || !hasNames || !areInside) {
      throw new SnapshotFormatError('The bytes are not a snapshot');
    }
    this.generation = words[GENERATION_WORD] as number;
    this.base = words[BASE_WORD] as number;
    this.#own = own;
    this.#shape = shape;
    this.#stampsStart = locateStamps(shape);
    this.#changesStart = changesStart;
    this.flags = new FlagTable(own, shape);
  }

  /** The generation in which each option that a schema lists last changed, by the option's index. */
  get stamps(): Int32Array {
    return this.#own.words.subarray(this.#stampsStart, this.#stampsStart + this.#shape.optionCount);
  }

  /** The options that changed after {@link base}, the last change first. */
  get changes(): Int32Array {
    return this.#own.words.subarray(this.#changesStart, this.#changesStart + (this.#own.words[CHANGES_WORD] as number));
  }

  /** The bytes themselves. */
  get bytes(): Uint8Array {
    return this.#own.bytes;
  }

  /**
   * Returns the bytes, whose memory another snapshot may have from now on. From now on, all methods throw: only what they
   * have returned as values, names and numbers stays valid.
   */
  takeBytes(): Uint8Array {
    this.#segments.length = 0;
    this.#buffer = undefined;
    return this.#own.take();
  }

  /**
   * Returns the generation in which an option last changed, in its value or in whether it is set; `UNSET_STAMP` for a
   * flag by pattern that is not set.
   *
   * @throws {RangeError} if no option has this index
   */
  stamp(id: OptionId): number {
    if (typeof id === 'string') return this.flags.stamp(id);
    // The bytes behind the stamps are no stamps.
    if (!(id >= 0 && id < this.#shape.optionCount)) throw makeIndexError(id);
    return this.#own.words[this.#stampsStart + id] as number;
  }

  /**
   * Lists the options with an index that changed after `generation`; undefined if this snapshot does not know, because
   * that is too long ago: each of them may have changed. Takes time for the changed options only.
   */
  changedSince(generation: number): number[] | undefined {
    if (generation < this.base) return undefined;
    const words = this.#own.words;
    const count = words[CHANGES_WORD] as number;
    const changed: number[] = [];
    for (let place = 0; place < count; place++) {
      const index = words[this.#changesStart + place] as number;
      if (this.stamp(index) <= generation) break;
      changed.push(index);
    }
    return changed;
  }

  /**
   * Whether the values file sets an option.
   *
   * @throws {RangeError} if no option has this index
   * @throws {SnapshotFormatError} if the segment of its namespace is not one, or has another number of options
   */
  isset(id: OptionId): boolean {
    if (typeof id === 'string') return this.flags.isset(id);
    return this.#at(id)?.kind() !== Kind.Unset;
  }

  /**
   * Decodes the value of an option: deeply frozen, new objects on each call; undefined if it is unset.
   *
   * @throws as {@link isset} does
   */
  decode(id: OptionId): OptionValue | undefined {
    const table = typeof id === 'string' ? this.#atFlag(id) : this.#at(id);
    if (table === undefined || table.kind() === Kind.Unset) return undefined;
    this.#decoder ??= new ValueDecoder();
    return this.#decoder.decode(table);
  }

  /**
   * Returns the segment of a namespace, a view of these bytes.
   *
   * @param ordinal the place of the namespace in the catalog
   * @throws {SnapshotFormatError} if the entry of the namespace points outside of the bytes
   */
  segment(ordinal: number): EncodedSegment {
    const offset = this.#readEntry(ordinal, ENTRY_OFFSET);
    const end = offset + this.#readEntry(ordinal, ENTRY_LENGTH);
    if (!(offset >= 0 && end >= offset && end <= this.#own.bytes.length)) {
      throw new SnapshotFormatError(`The snapshot has no segment ${ordinal}`);
    }
    const count = this.#firstIndex(ordinal + 1) - this.#firstIndex(ordinal);
    const { flags } = this;
    return {
      bytes: this.#own.bytes.subarray(offset, end),
      count,
      // Decoded only if it is needed: there may be thousands.
      get patternFlags() {
        return flags.keys(ordinal);
      },
    };
  }

  #at(index: number): Value {
    // The generated code checks no bounds: it would decode the bytes behind the list as a value.
    if (!(index >= 0 && index < this.#shape.optionCount)) throw makeIndexError(index);
    const ordinal = this.#findNamespace(index);
    return this.#open(ordinal).values(index - this.#firstIndex(ordinal)) as Value;
  }

  #atFlag(id: string): Value | undefined {
    const flag = this.flags.locate(id);
    // Behind the values of the options.
    return flag && (this.#open(flag.ordinal).values(this.segment(flag.ordinal).count + flag.place) as Value);
  }

  #open(ordinal: number): Segment {
    this.#segments[ordinal] ??= this.#openSegment(ordinal);
    return this.#segments[ordinal];
  }

  #openSegment(ordinal: number): Segment {
    const { bytes, count } = this.segment(ordinal);
    const length = count + this.flags.count(ordinal);
    this.#buffer ??= new ExactByteBuffer(this.#own.bytes);
    const buffer = this.#buffer;
    buffer.setPosition(bytes.byteOffset - this.#own.bytes.byteOffset);
    const isSegment = bytes.length >= MIN_SEGMENT_BYTES && Segment.bufferHasIdentifier(buffer);
    const segment = isSegment ? Segment.getRootAsSegment(buffer) : undefined;
    if (segment?.valuesLength() !== length) {
      throw new SnapshotFormatError(`Segment ${ordinal} must have ${length} options; got ${segment?.valuesLength()}`);
    }
    return segment;
  }

  /** Finds the namespace of an option by the first indexes, which ascend; of several, the last one has the option. */
  #findNamespace(index: number): number {
    let low = 0;
    let high = this.#shape.namespaceCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#firstIndex(middle) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #firstIndex(ordinal: number): number {
    const { namespaceCount, optionCount } = this.#shape;
    return ordinal >= namespaceCount ? optionCount : this.#readEntry(ordinal, ENTRY_FIRST_INDEX);
  }

  #readEntry(ordinal: number, word: number): number {
    return readEntry(this.#own.words, ordinal, word);
  }
}

/** The offset of the root table, and the identifier. */
const MIN_SEGMENT_BYTES = 8;

function makeIndexError(index: number): RangeError {
  return new RangeError(`No option has the index ${index}`);
}
