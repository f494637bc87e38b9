/**
 * The writer's half of the snapshot codec: the values of all options, one after the other, into one FlatBuffer.
 *
 * Runs in the watcher thread. The readers' half is `decode.ts`, the layout is `snapshot.fbs`.
 */
import { Builder, type Offset } from 'flatbuffers';
import type { OptionValue } from '../common/value.js';
import { Kind } from './generated/kind.js';
import { Layout } from './generated/layout.js';
import { Members } from './generated/members.js';
import { Snapshot } from './generated/snapshot.js';
import { Value } from './generated/value.js';

/** The version of the layout in `snapshot.fbs`. A reader refuses every other one. */
export const SNAPSHOT_VERSION: number = Layout.Version;

/** Bytes that the buffer begins with; it doubles whenever it is full. */
const INITIAL_BYTES = 64 * 1024;

/** The longest string, in UTF-16 units, and the longest list of names that is looked up to be shared. */
const SHARED_LENGTH_MAX = 64;
/** How many of each sort are remembered. Without a bound, a large file's strings would all be held until the end. */
const SHARED_MAX = 16_384;

/** Encodes one snapshot. For one thread, for one use: `set` any number of options, then `finish`. */
export class SnapshotEncoder {
  readonly #builder = new Builder(INITIAL_BYTES);
  /** Where each option's Value is, by its index; 0, where no Value can be, for one that is not set. */
  readonly #options: Offset[];

  // Names, operators and numbers recur from flag to flag: what is written once is pointed to from then on.
  readonly #bare: Offset[] = [];
  readonly #scalars = new Shared<number | string>();
  readonly #texts = new Shared<string>();
  readonly #members = new Shared<string>();

  /** @param optionCount how many options the store has, over all namespaces */
  constructor(optionCount: number) {
    this.#options = new Array<Offset>(optionCount).fill(0);
    // Without it a -0 would be left out as if it were the default, and be read as 0. With it a field may only be added
    // where there is something to add: the generated `createValue`, which adds them all, would write stray pointers.
    this.#builder.forceDefaults(true);
  }

  /** Bytes written so far. `finish` adds the list of all options and the frame: 4 bytes an option, and less than 100. */
  get size(): number {
    return this.#builder.offset();
  }

  /**
   * Sets the option with that index; the last call counts. `value` is encoded before this returns and not kept.
   *
   * @throws RangeError if there is no option with that index; TypeError if `value` holds what JSON cannot say
   */
  set(index: number, value: OptionValue): void {
    if (!(index in this.#options)) throw new RangeError(`No option has the index ${index}`);
    // step:encode
    this.#options[index] = this.#encode(value);
  }

  /** The snapshot: a view of this encoder's memory. Options that were not `set` are unset. To be called once, last. */
  finish(): Uint8Array {
    const unset = this.#encodeBare(Kind.Unset);
    const offsets = this.#options.map((offset) => offset || unset);
    const values = Snapshot.createValuesVector(this.#builder, offsets);
    Snapshot.finishSnapshotBuffer(this.#builder, Snapshot.createSnapshot(this.#builder, SNAPSHOT_VERSION, values));
    return this.#builder.asUint8Array();
  }

  #encode(value: OptionValue): Offset {
    switch (typeof value) {
      case 'boolean':
        return this.#encodeBare(value ? Kind.True : Kind.False);
      case 'number':
        // A Map takes -0 for 0.
        if (Object.is(value, -0)) return this.#write(Kind.Number, Value.addNumber, value);
        return this.#scalars.get(value, true, () => this.#write(Kind.Number, Value.addNumber, value));
      case 'string':
        return this.#scalars.get(value, value.length <= SHARED_LENGTH_MAX, () =>
          this.#write(Kind.String, Value.addString, this.#encodeText(value)),
        );
      case 'object':
        if (value === null) return this.#encodeBare(Kind.Null);
        return isList(value) ? this.#encodeList(value) : this.#encodeMap(value);
      default:
        throw new TypeError(`A snapshot cannot hold a value of the type ${typeof value}`);
    }
  }

  /** A Value that has no content but its kind. */
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
      const offsets = list.map((text) => this.#encodeText(text));
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
    const offsets = names.map((name) => this.#encodeText(name));
    // The places of the names stand for the names: no two texts have the same place.
    return this.#members.get(offsets.join(), names.length <= SHARED_LENGTH_MAX, () =>
      Members.createMembers(this.#builder, Members.createNamesVector(this.#builder, offsets)),
    );
  }

  #encodeText(text: string): Offset {
    // `Buffer.from` takes half the time of the TextEncoder that `createString` would use.
    return this.#texts.get(text, text.length <= SHARED_LENGTH_MAX, () => this.#builder.createString(Buffer.from(text)));
  }

  /** Writes a Value. Its content has to be there already: nothing can be written while a table is open. */
  #write(kind: Kind, add?: (builder: Builder, content: number) => void, content = 0): Offset {
    Value.startValue(this.#builder);
    add?.(this.#builder, content);
    Value.addKind(this.#builder, kind);
    return Value.endValue(this.#builder);
  }
}

/** Remembers where the first so many things were written. */
class Shared<Key> {
  readonly #offsets = new Map<Key, Offset>();

  /** Where `key` was written before, else where `write` writes it; asked for again only if it `isShareable`. */
  get(key: Key, isShareable: boolean, write: () => Offset): Offset {
    if (!isShareable) return write();
    let offset = this.#offsets.get(key);
    if (offset === undefined) {
      offset = write();
      if (this.#offsets.size < SHARED_MAX) this.#offsets.set(key, offset);
    }
    return offset;
  }
}

// `Array.isArray` narrows no read-only list.
function isList(value: object): value is readonly OptionValue[] {
  return Array.isArray(value);
}

function isNumbers(list: readonly OptionValue[]): list is number[] {
  return list.every((item) => typeof item === 'number');
}

function isStrings(list: readonly OptionValue[]): list is string[] {
  return list.every((item) => typeof item === 'string');
}
