/** Decodes single values of a snapshot. Runs in every thread that reads options, on the thread's own verified copy. */
import { ByteBuffer } from 'flatbuffers';
import type { OptionValue } from '../common/value.js';
import { Kind } from './generated/kind.js';
import { Value } from './generated/value.js';

/** The bytes are not a snapshot of this layout with these namespaces and options. */
export class SnapshotFormatError extends Error {
  override readonly name = 'SnapshotFormatError';
}

/**
 * A ByteBuffer that returns strings as they were written: its base class takes a U+FEFF at the start for a byte-order
 * mark and drops it. For a short string, a Buffer over all bytes is also faster than a TextDecoder over a part of them.
 */
export class ExactByteBuffer extends ByteBuffer {
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
export class ValueDecoder {
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
