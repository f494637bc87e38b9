/** The names of a catalog: the search for a name, and the names themselves. Runs in readers, on shared memory or not. */
import { compareCodePoints } from '../common/text.js';
import {
  computeCheck,
  ENTRY_CHECK,
  ENTRY_LENGTH,
  ENTRY_OFFSET,
  hashName,
  LONGEST_NAME,
  LONGEST_PROBE,
  locateEntry,
  locateSlots,
  SLOT_COUNT,
} from './catalog-layout.js';

/** What {@link NameTable.find} returns if there is no such name. */
export const NOT_FOUND = -1;

/** Other code of the process has overwritten a name. */
export class CatalogCorruptedError extends Error {
  override readonly name = 'CatalogCorruptedError';
}

/** The position of a name: `start` and `end` in bytes from the catalog's start. */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly isWide: boolean;
}

/** How many names of each kind a catalog has. */
interface NameCounts {
  readonly namespaceCount: number;
  readonly optionCount: number;
}

/** The entries and slots of a catalog. All numbers that bound a search are private copies. */
export class NameTable {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #namespaceCount: number;
  readonly #slotsAt: number;
  readonly #mask: number;
  readonly #longestProbe: number;
  readonly #longestName: number;

  /** @param words of the catalog, which has `byteLength` bytes from there */
  constructor(words: Int32Array, byteLength: number, { namespaceCount, optionCount }: NameCounts) {
    this.#bytes = new Uint8Array(words.buffer, words.byteOffset, byteLength);
    this.#words = words;
    this.#namespaceCount = namespaceCount;
    this.#slotsAt = locateSlots(namespaceCount, optionCount);
    this.#mask = (words[SLOT_COUNT] as number) - 1;
    this.#longestProbe = Math.min(words[LONGEST_PROBE] as number, words.length);
    this.#longestName = words[LONGEST_NAME] as number;
  }

  /**
   * Returns the entry of `name`, which may be anything, in the namespace `owner`, among the `count` entries from
   * `first`; or {@link NOT_FOUND}.
   */
  find(owner: number, name: unknown, first: number, count: number): number {
    // Before the hash: a name may come from a request, and be as long as that.
    if (typeof name !== 'string' || name.length > this.#longestName) return NOT_FOUND;
    const hash = hashName(owner, name);
    for (let probe = 0; probe < this.#longestProbe; probe++) {
      const entry = (this.#words[this.#slotsAt + ((hash + probe) & this.#mask)] as number) - 1;
      if (entry === -1) break;
      if (entry >= first && entry < first + count && this.#holds(entry, hash, name)) return entry;
    }
    return this.#longestProbe === 0 ? this.#search(hash, name, first, count) : NOT_FOUND;
  }

  /** Does the same as {@link find}, by halves of the entries, whose names are sorted. */
  #search(hash: number, name: string, first: number, count: number): number {
    let start = first;
    let end = first + count;
    while (start < end) {
      const middle = Math.floor((start + end) / 2);
      if (compareCodePoints(this.#read(middle), name) < 0) start = middle + 1;
      else end = middle;
    }
    return start < first + count && this.#holds(start, hash, name) ? start : NOT_FOUND;
  }

  /**
   * Returns the name of an entry in the namespace `owner`.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten it
   */
  decode(owner: number, entry: number): string {
    return this.#check(owner, entry, this.#read(entry));
  }

  /**
   * Returns the names of the `count` entries from `first`. They need one copy, because names have the order of their
   * entries: with a copy for each, 10 000 names take several times as long.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten one of them
   */
  decodeAll(owner: number, first: number, count: number): string[] {
    if (!(count > 0)) return [];
    const { start } = this.#locate(first);
    const { buffer } = this.#bytes.slice(start, this.#locate(first + count - 1).end);
    const bytes = Buffer.from(buffer);
    const names: string[] = [];
    for (let entry = first; entry < first + count; entry++) {
      const place = this.#locate(entry);
      const name = bytes.toString(place.isWide ? 'utf16le' : 'latin1', place.start - start, place.end - start);
      names.push(this.#check(owner, entry, name));
    }
    return names;
  }

  /** Returns the bytes of an entry as a name, which it may not be. */
  #read(entry: number): string {
    const { start, end, isWide } = this.#locate(entry);
    // A copy first: decoding memory that another thread writes can crash the process on Node 20 and 22.
    const { buffer } = this.#bytes.slice(start, end);
    return Buffer.from(buffer).toString(isWide ? 'utf16le' : 'latin1');
  }

  #check(owner: number, entry: number, name: string): string {
    const check = this.#words[locateEntry(this.#namespaceCount, entry) + ENTRY_CHECK];
    if (check === computeCheck(hashName(owner, name), entry)) return name;
    throw makeCorruptedError(entry);
  }

  /** Whether an entry holds `name`, which has this hash. Compares in place: the memory holds plain code units. */
  #holds(entry: number, hash: number, name: string): boolean {
    const at = locateEntry(this.#namespaceCount, entry);
    if (this.#words[at + ENTRY_CHECK] !== computeCheck(hash, entry)) return false;
    const length = this.#words[at + ENTRY_LENGTH] as number;
    if (length >> 1 !== name.length) return false;
    const bytes = this.#bytes;
    const start = this.#words[at + ENTRY_OFFSET] as number;
    if (!(start >= 0 && start + name.length * (1 + (length & 1)) <= bytes.length)) return false;
    for (let unit = 0; unit < name.length; unit++) {
      const position = length & 1 ? start + unit * 2 : start + unit;
      const high = length & 1 ? (bytes[position + 1] as number) << 8 : 0;
      if (((bytes[position] as number) | high) !== name.charCodeAt(unit)) return false;
    }
    return true;
  }

  /** Overwritten positions are harmless: the bytes that are there are not the name, by its check. */
  #locate(entry: number): Place {
    const at = locateEntry(this.#namespaceCount, entry);
    const start = this.#words[at + ENTRY_OFFSET] as number;
    const length = this.#words[at + ENTRY_LENGTH] as number;
    const isWide = (length & 1) === 1;
    const end = start + (length >> 1) * (isWide ? 2 : 1);
    return { start, end, isWide };
  }
}

function makeCorruptedError(entry: number): CatalogCorruptedError {
  return new CatalogCorruptedError(`The catalog is corrupted: entry ${entry} holds no name`);
}
