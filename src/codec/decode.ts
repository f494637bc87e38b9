/**
 * The readers' half of the snapshot codec: decodes one option's value at a time. Runs in every thread that reads
 * options, on the thread's own verified copy of the bytes, so it checks only the frame and not each value. The writer's
 * half is `encode.ts`, the layout is `snapshot.fbs`.
 */
import { ByteBuffer } from 'flatbuffers';
import type { OptionValue } from '../common/value.js';
import { Kind } from './generated/kind.js';
import { Layout } from './generated/layout.js';
import { Snapshot } from './generated/snapshot.js';
import { Value } from './generated/value.js';

/** The bytes are not a snapshot of this layout with this number of options. */
export class SnapshotFormatError extends Error {
  override readonly name = 'SnapshotFormatError';
}

/** The values of one generation. Decodes each value on its first read. Only the thread that created it may use it. */
export class DecodedSnapshot {
  /** The number of the generation. */
  readonly generation: number;
  readonly #root: Snapshot;
  readonly #count: number;
  readonly #decoder = new ValueDecoder();
  readonly #decoded = new Map<number, OptionValue>();

  /**
   * Decodes nothing: its time does not depend on the number of options.
   *
   * @param bytes the output of the encoder, as a copy that no thread changes. Never shared memory: decoding a string
   *   while another thread writes it can crash the process
   * @param optionCount the number of options of the store, over all namespaces
   * @throws {SnapshotFormatError} if the identifier, the version or the number of options differs
   */
  constructor(generation: number, bytes: Uint8Array, optionCount: number) {
    const buffer = new ExactByteBuffer(bytes);
    if (!Snapshot.bufferHasIdentifier(buffer)) throw new SnapshotFormatError('The bytes are not a snapshot');
    const root = Snapshot.getRootAsSnapshot(buffer);
    if (root.version() !== Layout.Version) {
      throw new SnapshotFormatError(`The snapshot must have version ${Layout.Version}; got ${root.version()}`);
    }
    if (root.valuesLength() !== optionCount) {
      throw new SnapshotFormatError(`The snapshot must have ${optionCount} options; got ${root.valuesLength()}`);
    }
    this.generation = generation;
    this.#root = root;
    this.#count = optionCount;
  }

  /**
   * Whether the values file sets the option at `index`.
   *
   * @throws {RangeError} if no option has this index
   */
  isset(index: number): boolean {
    return this.#at(index).kind() !== Kind.Unset;
  }

  /**
   * Returns the value of the option at `index`: deeply frozen, and the same object on each call; undefined if unset.
   *
   * @throws {RangeError} if no option has this index
   */
  value(index: number): OptionValue | undefined {
    const decoded = this.#decoded.get(index);
    if (decoded !== undefined) return decoded;

    const table = this.#at(index);
    if (table.kind() === Kind.Unset) return undefined;
    const value = this.#decoder.decode(table);
    this.#decoded.set(index, value);
    return value;
  }

  #at(index: number): Value {
    // The generated code checks no bounds: it would decode the bytes behind the list as a value.
    if (!(index >= 0 && index < this.#count)) throw new RangeError(`No option has the index ${index}`);
    return this.#root.values(index) as Value;
  }
}

/**
 * A ByteBuffer that returns strings as they were written: its base class takes a U+FEFF at the start for a byte-order
 * mark and drops it. For a short string, a Buffer over all bytes is also faster than a TextDecoder over a part of them.
 */
class ExactByteBuffer extends ByteBuffer {
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  override __string(offset: number): string {
    const start = this.__vector(offset);
    return this.#bytes.toString('utf8', start, start + this.__vector_len(offset));
  }
}

/** Decodes the tables of one snapshot to frozen values. */
class ValueDecoder {
  /** Names of maps' members, by the position of their table. Maps with the same names share a table. */
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
    // One object for all items: each item is decoded completely before the object moves to the next one.
    const item = new Value();
    return Object.freeze(collect(list.itemsLength(), (index) => this.decode(list.items(index, item) as Value)));
  }

  #decodeMap(map: Value): OptionValue {
    const result: { [name: string]: OptionValue } = {};
    const item = new Value();
    this.#readNames(map).forEach((name, index) => {
      const member = this.decode(map.items(index, item) as Value);
      if (name in result) {
        // All objects inherit this name. An assignment would call the setter of `__proto__`, and would fail or have no
        // effect if other code has frozen `Object.prototype` or put a setter there.
        const descriptor = { __proto__: null, value: member, writable: true, enumerable: true, configurable: true };
        Object.defineProperty(result, name, descriptor as object);
      } else {
        result[name] = member;
      }
    });
    return Object.freeze(result);
  }

  #readNames(map: Value): readonly string[] {
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
