/**
 * The writer's half of the snapshot codec: encodes the values of one namespace, one by one, into one FlatBuffer. Runs in
 * the watcher thread. The readers' half is `decode.ts`, the layout is `segment.fbs`.
 */
import { Builder, type Offset } from 'flatbuffers';
import { isList, type OptionValue } from '../common/value.js';
import type { EncodedSegment } from './frame.js';
import { Kind } from './generated/kind.js';
import { Members } from './generated/members.js';
import { Segment } from './generated/segment.js';
import { Value } from './generated/value.js';

/** The initial size of the buffer, in bytes. The buffer doubles whenever it is full. There may be 10 000 namespaces. */
const INITIAL_BYTES = 1024;
/** The largest buffer that the next encoder reuses, in bytes. A larger one is left to the garbage collector. */
const MAX_SPARE_BYTES = 4 * 2 ** 20;

/**
 * The builder of the last encoder of this thread, which has finished. A new buffer for each reload, and for each doubling,
 * would wait for the garbage collector.
 */
let spare: Builder | undefined;

/** The length up to which strings (in UTF-16 units) and lists of names are shared. */
const MAX_SHARED_LENGTH = 64;
/** The maximum number of offsets of each kind. Without a bound, all strings of a large file would stay in memory. */
const MAX_SHARED = 16_384;

/** Encodes one segment: `set` any number of options, then `finish` once. Only one thread may use it. */
export class SegmentEncoder {
  readonly #builder = takeBuilder();
  /** The offset of each option's Value, by the option's place in the namespace; 0, which no Value has, if it is not set. */
  readonly #options: Offset[];

  // Names, operators and numbers recur from flag to flag: each is written once, and then referred to by its offset.
  readonly #bare: Offset[] = [];
  readonly #scalars = new Shared<number | string>();
  readonly #strings = new Shared<string>();
  readonly #members = new Shared<string>();

  /** @param optionCount how many options and flags by pattern the segment has room for */
  constructor(optionCount: number) {
    this.#options = new Array<Offset>(optionCount).fill(0);
    // Without this, -0 would be omitted like the default, and read as 0. With it, a field may be added only if it has
    // content: the generated `createValue`, which adds all fields, would write stray pointers.
    this.#builder.forceDefaults(true);
  }

  /** Bytes written so far. `finish` adds 4 bytes for each option, and less than 100 bytes for the frame. */
  get size(): number {
    return this.#builder.offset();
  }

  /**
   * Sets the option at `index` of the namespace; the last call counts. Encodes `value` before it returns, and keeps no
   * reference to it.
   *
   * @throws {RangeError} if no option has this index
   * @throws {TypeError} if `value` contains a value that JSON cannot represent
   */
  set(index: number, value: OptionValue): void {
    if (!(index in this.#options)) throw new RangeError(`No option has the index ${index}`);
    // step:encode
    this.#options[index] = this.#encode(value);
  }

  /**
   * Returns the segment, in memory of its own. Options without a `set` are unset. Call it once, last.
   *
   * @param patternFlags the names of the flags by pattern, whose values are the last ones
   */
  finish(patternFlags: readonly string[] = []): EncodedSegment {
    const unset = this.#encodeBare(Kind.Unset);
    const offsets = this.#options.map((offset) => offset || unset);
    const values = Segment.createValuesVector(this.#builder, offsets);
    Segment.finishSegmentBuffer(this.#builder, Segment.createSegment(this.#builder, values));
    // A copy: the buffer may be twice as long.
    const bytes = new Uint8Array(this.#builder.asUint8Array());
    if (this.#builder.dataBuffer().capacity() <= MAX_SPARE_BYTES) spare = this.#builder;
    return { bytes, count: offsets.length - patternFlags.length, patternFlags };
  }

  #encode(value: OptionValue): Offset {
    switch (typeof value) {
      case 'boolean':
        return this.#encodeBare(value ? Kind.True : Kind.False);
      case 'number':
        // A Map does not distinguish -0 from 0.
        if (Object.is(value, -0)) return this.#write(Kind.Number, Value.addNumber, value);
        return this.#scalars.get(value, true, () => this.#write(Kind.Number, Value.addNumber, value));
      case 'string':
        return this.#scalars.get(value, value.length <= MAX_SHARED_LENGTH, () =>
          this.#write(Kind.String, Value.addString, this.#encodeString(value)),
        );
      case 'object':
        if (value === null) return this.#encodeBare(Kind.Null);
        return isList(value) ? this.#encodeList(value) : this.#encodeMap(value);
      default:
        throw new TypeError(`A segment cannot hold a value of the type ${typeof value}`);
    }
  }

  /** Encodes a Value that consists of its kind only. */
  #encodeBare(kind: Kind): Offset {
    this.#bare[kind] ??= this.#write(kind);
    return this.#bare[kind];
  }

  #encodeList(list: readonly OptionValue[]): Offset {
    if (list.length === 0) return this.#encodeBare(Kind.List);
    if (isNumbers(list)) {
      return this.#write(Kind.NumberList, Value.addNumbers, Value.createNumbersVector(this.#builder, list));
    }
    if (isStrings(list)) {
      const offsets = list.map((item) => this.#encodeString(item));
      return this.#write(Kind.StringList, Value.addStrings, Value.createStringsVector(this.#builder, offsets));
    }
    return this.#write(Kind.List, Value.addItems, this.#encodeItems(list));
  }

  #encodeMap(map: { readonly [name: string]: OptionValue }): Offset {
    const names = Object.keys(map);
    if (names.length === 0) return this.#encodeBare(Kind.Map);

    const items = this.#encodeItems(Object.values(map));
    const members = this.#encodeMembers(names);
    return this.#write(Kind.Map, (builder) => {
      Value.addItems(builder, items);
      Value.addMembers(builder, members);
    });
  }

  #encodeItems(items: readonly OptionValue[]): Offset {
    const offsets = items.map((item) => this.#encode(item));
    return Value.createItemsVector(this.#builder, offsets);
  }

  #encodeMembers(names: readonly string[]): Offset {
    const offsets = names.map((name) => this.#encodeString(name));
    // The offsets of the names identify the names: no two different strings have the same offset.
    return this.#members.get(offsets.join(), names.length <= MAX_SHARED_LENGTH, () =>
      Members.createMembers(this.#builder, Members.createNamesVector(this.#builder, offsets)),
    );
  }

  #encodeString(value: string): Offset {
    // `Buffer.from` takes half the time of the TextEncoder that `createString` would use.
    // The callback has no name: the thread's bundle keeps names, which takes a defineProperty for each call, and 20 % of
    // a reload of 10 000 options.
    return this.#strings.get(value, value.length <= MAX_SHARED_LENGTH, () =>
      this.#builder.createString(Buffer.from(value)),
    );
  }

  /** Writes a Value. Its content must be written already: nothing else can be written while a table is open. */
  #write(kind: Kind, add?: (builder: Builder, content: number) => void, content = 0): Offset {
    Value.startValue(this.#builder);
    add?.(this.#builder, content);
    Value.addKind(this.#builder, kind);
    return Value.endValue(this.#builder);
  }
}

/** Returns the spare builder, empty, or a new one. */
function takeBuilder(): Builder {
  const builder = spare ?? new Builder(INITIAL_BYTES);
  spare = undefined;
  builder.clear();
  return builder;
}

/** Keeps the offsets of the first {@link MAX_SHARED} keys. */
class Shared<Key> {
  readonly #offsets = new Map<Key, Offset>();

  /** Returns the kept offset of `key`. If there is none, calls `write`, and keeps its offset if `key` `isShareable`. */
  get(key: Key, isShareable: boolean, write: () => Offset): Offset {
    if (!isShareable) return write();
    let offset = this.#offsets.get(key);
    if (offset === undefined) {
      offset = write();
      if (this.#offsets.size < MAX_SHARED) this.#offsets.set(key, offset);
    }
    return offset;
  }
}

function isNumbers(list: readonly OptionValue[]): list is number[] {
  return list.every((item) => typeof item === 'number');
}

function isStrings(list: readonly OptionValue[]): list is string[] {
  return list.every((item) => typeof item === 'string');
}
