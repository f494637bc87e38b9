/**
 * The readers' half of the snapshot codec: one option's value at a time, out of a snapshot's bytes.
 *
 * Runs in every thread that reads options, on that thread's own, verified copy of the bytes: only the frame is checked
 * here, not each value. The writer's half is `encode.ts`, the layout is `snapshot.fbs`.
 */
import { ByteBuffer } from 'flatbuffers';
import type { OptionValue } from '../common/value.js';
import { Kind } from './generated/kind.js';
import { Layout } from './generated/layout.js';
import { Snapshot } from './generated/snapshot.js';
import { Value } from './generated/value.js';

/** The bytes are no snapshot of this layout for this number of options. */
export class SnapshotFormatError extends Error {
  override readonly name = 'SnapshotFormatError';
}

/** One generation's values, each decoded when it is first asked for. For the thread that made it. */
export class DecodedSnapshot {
  /** The number of the generation whose values these are. */
  readonly generation: number;
  readonly #root: Snapshot;
  readonly #count: number;
  readonly #decoder = new ValueDecoder();
  readonly #decoded = new Map<number, OptionValue>();

  /**
   * Decodes nothing, and takes the same time whatever the number of options.
   *
   * @param bytes what the encoder finished, as a copy that nobody changes. Never shared memory: decoding text while
   *   another thread writes it can crash the process
   * @param optionCount how many options the store has, over all namespaces
   * @throws SnapshotFormatError if the identifier, the version or the number of options is another
   */
  constructor(generation: number, bytes: Uint8Array, optionCount: number) {
    const buffer = new ExactByteBuffer(bytes);
    if (!Snapshot.bufferHasIdentifier(buffer)) throw new SnapshotFormatError('The bytes are no snapshot');
    const root = Snapshot.getRootAsSnapshot(buffer);
    if (root.version() !== Layout.Version) {
      throw new SnapshotFormatError(`The snapshot has version ${root.version()}, not ${Layout.Version}`);
    }
    if (root.valuesLength() !== optionCount) {
      throw new SnapshotFormatError(`The snapshot has ${root.valuesLength()} options, not ${optionCount}`);
    }
    this.generation = generation;
    this.#root = root;
    this.#count = optionCount;
  }

  /**
   * Whether the values file sets the option with that index.
   *
   * @throws RangeError if there is none
   */
  isset(index: number): boolean {
    return this.#at(index).kind() !== Kind.Unset;
  }

  /**
   * The value of the option with that index, deeply frozen and the same object at each call; undefined if it is unset.
   *
   * @throws RangeError if there is none
   */
  value(index: number): OptionValue | undefined {
    const known = this.#decoded.get(index);
    if (known !== undefined) return known;

    const table = this.#at(index);
    if (table.kind() === Kind.Unset) return undefined;
    const value = this.#decoder.decode(table);
    this.#decoded.set(index, value);
    return value;
  }

  #at(index: number): Value {
    // The generated code checks no bounds: it would take whatever lies behind the list for a value.
    if (!(index >= 0 && index < this.#count)) throw new RangeError(`No option has the index ${index}`);
    return this.#root.values(index) as Value;
  }
}

/**
 * A ByteBuffer that gives strings as they were written: its base takes a U+FEFF at the start for a byte-order mark and
 * drops it. A Buffer over all bytes also takes less time for a short string than a TextDecoder for a part of them.
 */
class ExactByteBuffer extends ByteBuffer {
  readonly #text: Buffer;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  override __string(offset: number): string {
    const start = this.__vector(offset);
    return this.#text.toString('utf8', start, start + this.__vector_len(offset));
  }
}

/** Makes frozen values out of one snapshot's tables. */
class ValueDecoder {
  /** Names of maps' members, by the place of their table: maps of the same form share it. */
  readonly #names = new Map<number, readonly string[]>();

  decode(value: Value): OptionValue {
    const kind = value.kind();
    switch (kind) {
      case Kind.Null:
        return null;
      case Kind.False:
        return false;
      case Kind.True:
        return true;
      case Kind.Number:
        return value.number();
      case Kind.String:
        return value.string() as string;
      case Kind.List:
        return this.#decodeList(value);
      case Kind.NumberList:
        return Object.freeze(collect(value.numbersLength(), (index) => value.numbers(index) as number));
      case Kind.StringList:
        return Object.freeze(collect(value.stringsLength(), (index) => value.strings(index)));
      case Kind.Map:
        return this.#decodeMap(value);
      default:
        throw new SnapshotFormatError(`The snapshot has a value of the unknown kind ${kind}`);
    }
  }

  #decodeList(list: Value): OptionValue {
    // One object for all items in turn: an item is decoded to its end before the next one takes its place.
    const item = new Value();
    return Object.freeze(collect(list.itemsLength(), (index) => this.decode(list.items(index, item) as Value)));
  }

  #decodeMap(map: Value): OptionValue {
    const result: { [name: string]: OptionValue } = {};
    const item = new Value();
    this.#namesOf(map).forEach((name, index) => {
      const member = this.decode(map.items(index, item) as Value);
      if (name === '__proto__') {
        // An assignment would call the setter that all objects inherit, and change the prototype.
        Object.defineProperty(result, name, { value: member, writable: true, enumerable: true, configurable: true });
      } else {
        result[name] = member;
      }
    });
    return Object.freeze(result);
  }

  #namesOf(map: Value): readonly string[] {
    const members = map.members();
    if (members === null) return [];
    let names = this.#names.get(members.bb_pos);
    if (names === undefined) {
      names = collect(members.namesLength(), (index) => members.names(index));
      this.#names.set(members.bb_pos, names);
    }
    return names;
  }
}

function collect<T>(length: number, at: (index: number) => T): T[] {
  const list: T[] = [];
  for (let index = 0; index < length; index++) list.push(at(index));
  return list;
}
