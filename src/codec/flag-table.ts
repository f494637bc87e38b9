/**
 * The flags by pattern of one snapshot: their names, their stamps, and which of them changed. Runs wherever `decode.ts`
 * does, on the same copy of the bytes. Their values are in the segments; the layout is in `frame.ts`.
 */
import { compareCodePoints } from '../common/text.js';
import { Catalog, type CatalogNamespace } from '../names/catalog.js';
import { makePatternFlagId, splitPatternFlagId } from '../names/option-id.js';
import {
  ENTRY_FIRST_FLAG,
  ENTRY_FLAGS,
  FLAGS_CHANGED_WORD,
  FLAGS_WORD,
  formatOwner,
  GENERATION_WORD,
  locateNumbers,
  locateStamps,
  NAMES_LENGTH_WORD,
  NAMES_OFFSET_WORD,
  NEXT_NUMBER_WORD,
  readEntry,
  type Shape,
} from './frame.js';
import type { SnapshotBytes } from './snapshot-bytes.js';

/** The stamp of a flag by pattern that is not set. */
export const UNSET_STAMP = -1;

/** The flags by pattern of one snapshot, whose frame is checked. */
export class FlagTable {
  readonly #own: SnapshotBytes;
  readonly #namespaceCount: number;
  readonly #stampsStart: number;
  readonly #numbersStart: number;
  /** The names, and the namespaces in them that were asked for. Undefined until then. */
  #names: Catalog | undefined;
  readonly #namespaces: (CatalogNamespace | undefined)[] = [];

  constructor(own: SnapshotBytes, shape: Shape) {
    this.#own = own;
    this.#namespaceCount = shape.namespaceCount;
    this.#stampsStart = locateStamps(shape) + shape.optionCount;
    this.#numbersStart = locateNumbers(shape, own.words[FLAGS_WORD] as number);
  }

  /** The generation in which one was last set, changed or removed. */
  get changed(): number {
    return this.#own.words[FLAGS_CHANGED_WORD] as number;
  }

  /** The names of all, encoded. */
  get names(): Uint8Array {
    const offset = this.#own.words[NAMES_OFFSET_WORD] as number;
    return this.#own.bytes.subarray(offset, offset + (this.#own.words[NAMES_LENGTH_WORD] as number));
  }

  /** Returns how many the values file of a namespace sets. */
  count(ordinal: number): number {
    return readEntry(this.#own.words, ordinal, ENTRY_FLAGS);
  }

  /** Returns the names that the values file of a namespace sets, sorted by code point. */
  keys(ordinal: number): string[] {
    return this.#findNamespace(ordinal)?.keys() ?? [];
  }

  /** Returns the stamps of a namespace's flags, in the order of {@link keys}. */
  stamps(ordinal: number): Int32Array {
    const first = this.#stampsStart + this.#first(ordinal);
    return this.#own.words.subarray(first, first + this.count(ordinal));
  }

  /** Returns the generation in which a flag was set or last changed; {@link UNSET_STAMP} if it is not set. */
  stamp(id: string): number {
    const place = this.#find(id);
    return place === undefined ? UNSET_STAMP : (this.#own.words[this.#stampsStart + place] as number);
  }

  /** Returns the numbers of a namespace's flags, in the order of {@link keys}. */
  numbers(ordinal: number): Int32Array {
    const first = this.#numbersStart + this.#first(ordinal);
    return this.#own.words.subarray(first, first + this.count(ordinal));
  }

  /** Returns the number of a flag, which no other flag of the store ever has; undefined if it is not set. */
  number(id: string): number | undefined {
    const place = this.#find(id);
    return place === undefined ? undefined : this.#own.words[this.#numbersStart + place];
  }

  /** The number of the next flag that will be set. */
  get nextNumber(): number {
    return this.#own.words[NEXT_NUMBER_WORD] as number;
  }

  /** Whether a flag is set. */
  isset(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  /** Returns the namespace of a flag, and its place among the flags of that; undefined if it is not set. */
  locate(id: string): { readonly ordinal: number; readonly place: number } | undefined {
    const place = this.#find(id);
    if (place === undefined) return undefined;
    const { ordinal } = splitPatternFlagId(id);
    return { ordinal, place: place - this.#first(ordinal) };
  }

  /**
   * Lists the flags that were set, changed or removed after `previous`, of an older snapshot of the same store. By
   * namespace, sorted by name. Takes time for the changed ones, and a nanosecond for each other one if there are any.
   */
  changedSince(previous: FlagTable): string[] {
    if (this.changed <= previous.#generation) return [];
    return Array.from({ length: this.#namespaceCount }, (_, ordinal) => this.#listChanged(ordinal, previous)).flat();
  }

  #listChanged(ordinal: number, previous: FlagTable): string[] {
    const toId = (key: string) => makePatternFlagId(ordinal, key);
    const stamps = this.stamps(ordinal);
    const names = this.#findNamespace(ordinal);
    const first = this.#first(ordinal);
    const changed: string[] = [];
    let known = previous.count(ordinal);
    // By index: `entries()` takes ten times as long, and most stamps are of flags that have not changed.
    for (let place = 0; place < stamps.length; place++) {
      if ((stamps[place] as number) <= previous.#generation || names === undefined) continue;
      const key = names.keyOf(first + place);
      changed.push(key);
      if (!previous.isset(toId(key))) known++;
    }
    if (known > stamps.length) {
      for (const key of previous.keys(ordinal)) if (!this.isset(toId(key))) changed.push(key);
      changed.sort(compareCodePoints);
    }
    return changed.map(toId);
  }

  /** Returns the place of a flag among those of all namespaces; undefined if it is not set. */
  #find(id: string): number | undefined {
    const { ordinal, key } = splitPatternFlagId(id);
    return this.#findNamespace(ordinal)?.indexOf(key);
  }

  #findNamespace(ordinal: number): CatalogNamespace | undefined {
    if (!(this.count(ordinal) > 0)) return undefined;
    this.#names ??= new Catalog(this.names, 0);
    this.#namespaces[ordinal] ??= this.#names.find(formatOwner(ordinal));
    return this.#namespaces[ordinal];
  }

  /** Returns the place of a namespace's first flag among those of all. */
  #first(ordinal: number): number {
    return readEntry(this.#own.words, ordinal, ENTRY_FIRST_FLAG);
  }

  get #generation(): number {
    return this.#own.words[GENERATION_WORD] as number;
  }
}
