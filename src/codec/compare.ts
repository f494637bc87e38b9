/**
 * Compares encoded values without decoding them: two values may take hundreds of MiB once decoded. Runs in the watcher
 * thread. Has the same result as `isSameValue` on the decoded values, since a value has only one encoding.
 *
 * Reads the bytes itself, not through the generated code: that needs dozens of calls to compare two numbers, each slow
 * until V8 has compiled it, which it never has in a watcher that reloads a few times a day.
 */
import { compareCodePoints } from '../common/text.js';
import type { EncodedSegment } from './frame.js';
import { Kind } from './generated/kind.js';

/** The places of the fields in a vtable, by the order of their declaration in `segment.fbs`: 4, 6, 8, … */
const VALUES = 4;
const KIND = 4;
const NUMBER = 6;
const STRING = 8;
const ITEMS = 10;
const NUMBERS = 12;
const STRINGS = 14;
const MEMBERS = 16;
const NAMES = 4;

const OFFSET_BYTES = 4;
const NUMBER_BYTES = 8;

/** What differs between the values of one namespace. */
export interface Differences {
  /** The options that the schema lists, by their place in it, whose value differs, or whether they are set. Ascending. */
  readonly places: readonly number[];
  /** The flags by pattern that are set in one only, or have another value. Sorted by code point. */
  readonly flags: readonly string[];
}

/** Compares the values of one namespace before and after a reload. */
export function findDifferences(before: EncodedSegment, after: EncodedSegment): Differences {
  const [old, current] = [new SegmentView(before), new SegmentView(after)];
  const places: number[] = [];
  const haveSameBytes = Buffer.compare(before.bytes, after.bytes) === 0;
  for (let place = 0; place < after.count && !haveSameBytes; place++) {
    if (!current.equals(place, old)) places.push(place);
  }
  // The names are not in the bytes. Both lists are sorted: one walk over both finds what is in one only.
  const [oldFlags, flags] = [before.patternFlags, after.patternFlags];
  const changed: string[] = [];
  let at = 0;
  for (const [place, flag] of flags.entries()) {
    for (; at < oldFlags.length && compareCodePoints(oldFlags[at] as string, flag) < 0; at++) {
      changed.push(oldFlags[at] as string);
    }
    if (oldFlags[at] !== flag) changed.push(flag);
    else if (!current.equals(after.count + place, old, before.count + at++)) changed.push(flag);
  }
  return { places, flags: [...changed, ...oldFlags.slice(at)] };
}

/** The values of one segment, for comparisons. The segment must come from the encoder: nothing is verified. */
export class SegmentView {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  /** The length of the list of values. */
  readonly #values: number;

  constructor({ bytes }: Pick<EncodedSegment, 'bytes'>) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#values = this.#find(this.#follow(0), VALUES);
  }

  /** Whether the option at `place` is set. */
  isset(place: number): boolean {
    return this.#readKind(this.#findItem(this.#values, place)) !== Kind.Unset;
  }

  /** Whether the option at `place` has the same value here as the one at `there` in `other`, or is set in neither. */
  equals(place: number, other: SegmentView, there: number = place): boolean {
    return this.#isSame(this.#findItem(this.#values, place), other, other.#findItem(other.#values, there));
  }

  /** Whether the value whose table is at `at` is the value whose table is at `there` in `other`. */
  #isSame(at: number, other: SegmentView, there: number): boolean {
    const kind = this.#readKind(at);
    if (kind !== other.#readKind(there)) return false;
    switch (kind) {
      case Kind.Number:
        return Object.is(this.#readNumber(at), other.#readNumber(there));
      case Kind.String:
        return this.#isSameText(this.#find(at, STRING), other, other.#find(there, STRING));
      case Kind.NumberList:
        return this.#haveSameNumbers(this.#find(at, NUMBERS), other, other.#find(there, NUMBERS));
      case Kind.StringList:
        return this.#haveSameTexts(this.#find(at, STRINGS), other, other.#find(there, STRINGS));
      case Kind.List:
        return this.#haveSameItems(this.#find(at, ITEMS), other, other.#find(there, ITEMS));
      case Kind.Map:
        return (
          // The same names in the same order, which a reader can see.
          this.#haveSameMembers(this.#find(at, MEMBERS), other, other.#find(there, MEMBERS)) &&
          this.#haveSameItems(this.#find(at, ITEMS), other, other.#find(there, ITEMS))
        );
      default:
        // Its kind is all of it.
        return true;
    }
  }

  #haveSameMembers(at: number, other: SegmentView, there: number): boolean {
    if (at === 0 || there === 0) return at === there;
    return this.#haveSameTexts(this.#find(at, NAMES), other, other.#find(there, NAMES));
  }

  /** Compares two lists of tables by their lengths, and the tables. The place 0 is an empty list. */
  #haveSameItems(at: number, other: SegmentView, there: number): boolean {
    const length = this.#readLength(at);
    if (length !== other.#readLength(there)) return false;
    for (let item = 0; item < length; item++) {
      if (!this.#isSame(this.#findItem(at, item), other, other.#findItem(there, item))) return false;
    }
    return true;
  }

  #haveSameTexts(at: number, other: SegmentView, there: number): boolean {
    const length = this.#readLength(at);
    if (length !== other.#readLength(there)) return false;
    for (let item = 0; item < length; item++) {
      if (!this.#isSameText(this.#findItem(at, item), other, other.#findItem(there, item))) return false;
    }
    return true;
  }

  #haveSameNumbers(at: number, other: SegmentView, there: number): boolean {
    const length = this.#readLength(at);
    if (length !== other.#readLength(there)) return false;
    return this.#areSameBytes(at + OFFSET_BYTES, other, there + OFFSET_BYTES, length * NUMBER_BYTES);
  }

  #isSameText(at: number, other: SegmentView, there: number): boolean {
    const length = this.#readLength(at);
    if (length !== other.#readLength(there)) return false;
    // Versions and numbers differ at the end. For a short text, the call of `compare` takes most of the time.
    const last = OFFSET_BYTES + length - 1;
    if (length > 0 && this.#bytes[at + last] !== other.#bytes[there + last]) return false;
    return this.#areSameBytes(at + OFFSET_BYTES, other, there + OFFSET_BYTES, length);
  }

  #areSameBytes(at: number, other: SegmentView, there: number, length: number): boolean {
    return this.#bytes.compare(other.#bytes, there, there + length, at, at + length) === 0;
  }

  #readKind(table: number): Kind {
    return this.#view.getUint8(this.#findField(table, KIND));
  }

  #readNumber(table: number): number {
    return this.#view.getFloat64(this.#findField(table, NUMBER), true);
  }

  #readLength(list: number): number {
    return list === 0 ? 0 : this.#view.getInt32(list, true);
  }

  /** Returns the place to which the offset in a list leads. */
  #findItem(list: number, item: number): number {
    return this.#follow(list + OFFSET_BYTES * (item + 1));
  }

  /** Returns the place to which the offset in a field of a table leads; 0 if the table does not have the field. */
  #find(table: number, field: number): number {
    const at = this.#findField(table, field);
    return at === 0 ? 0 : this.#follow(at);
  }

  /** Returns the place of a field of a table; 0 if the table does not have it. */
  #findField(table: number, field: number): number {
    const view = this.#view;
    const vtable = table - view.getInt32(table, true);
    if (field >= view.getUint16(vtable, true)) return 0;
    const offset = view.getUint16(vtable + field, true);
    return offset === 0 ? 0 : table + offset;
  }

  /** Returns the place to which the offset at `at` leads. */
  #follow(at: number): number {
    return at + this.#view.getInt32(at, true);
  }
}
