/**
 * The catalog of a store: its namespaces and the options that their schemas list, in the order of their indexes in a
 * snapshot. Runs in readers, which search it in shared memory: a thread has JavaScript strings only for the names that it
 * uses. `catalog-layout.ts` describes the memory.
 *
 * Other code of the process may overwrite the memory at any time. So each word is checked before it is used as a
 * position, each search visits a limited number of slots, and a name is found only if the memory contains that name and
 * the check of its entry. Otherwise the search finds nothing; {@link Catalog.isIntact} then tells why.
 */
import { crc32 } from 'node:zlib';
import { monotonicTime } from '../common/host-time.js';
import { compareCodePoints } from '../common/text.js';
import { FLAG_PREFIX } from '../features/feature.js';
import { FIRST_INDEXES, locatePatterns, NAMESPACE_COUNT, NAMESPACES, OPTION_COUNT, ownerOf } from './catalog-layout.js';
import { NameTable, NOT_FOUND } from './name-table.js';
import { makePatternFlagId, type OptionId, splitPatternFlagId } from './option-id.js';

/** How long a verdict of {@link Catalog.isIntact} holds: unknown names may come from requests, in any number. */
const VERDICT_MS = 1_000;

/** The names of a store. */
export class Catalog {
  /** How many namespaces there are. */
  readonly namespaceCount: number;
  /** How many options all schemas list together. */
  readonly optionCount: number;
  readonly #names: NameTable;
  /** The index of each namespace's first option. A private copy, as all numbers that a search relies on. */
  readonly #firstIndexes: Int32Array;
  /** By namespace, whether its schema declares flags by pattern. A private copy as well. */
  readonly #patterns: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #checksum: number;
  #verdict = { isIntact: true, at: Number.NEGATIVE_INFINITY };

  /**
   * @param bytes the output of `encodeCatalog`, at a multiple of 4 bytes
   * @param checksum their checksum before any other thread had them: `StoreHandle.catalogChecksum`
   */
  constructor(bytes: Uint8Array, checksum: number) {
    const wordCount = Math.floor(bytes.byteLength / Int32Array.BYTES_PER_ELEMENT);
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, wordCount);
    const namespaceCount = words[NAMESPACE_COUNT] as number;
    this.#firstIndexes = words.slice(FIRST_INDEXES, FIRST_INDEXES + namespaceCount + 1);
    this.namespaceCount = namespaceCount;
    this.optionCount = words[OPTION_COUNT] as number;
    this.#names = new NameTable(words, bytes.byteLength, this);
    const patternsAt = locatePatterns(namespaceCount);
    this.#patterns = words.slice(patternsAt, patternsAt + namespaceCount);
    this.#bytes = bytes;
    this.#checksum = checksum;
  }

  /** Whether no code has overwritten the memory, at most a second ago. Reads all of it. */
  get isIntact(): boolean {
    const now = monotonicTime();
    if (now - this.#verdict.at >= VERDICT_MS) {
      this.#verdict = { isIntact: crc32(this.#bytes) === this.#checksum, at: now };
    }
    return this.#verdict.isIntact;
  }

  /**
   * Returns the names of all namespaces, sorted.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten a name
   */
  names(): string[] {
    return this.#names.decodeAll(NAMESPACES, 0, this.namespaceCount);
  }

  /** Returns the namespace `name`; undefined if no schema declares it. `name` may be anything. */
  find(name: unknown): CatalogNamespace | undefined {
    const ordinal = this.#names.find(NAMESPACES, name, 0, this.namespaceCount);
    return ordinal === NOT_FOUND ? undefined : this.#make(ordinal, name as string);
  }

  /**
   * Returns the namespace with the number `ordinal`, from 0.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten its name
   */
  at(ordinal: number): CatalogNamespace {
    return this.#make(ordinal, this.#names.decode(NAMESPACES, ordinal));
  }

  /**
   * Returns the namespace of an option.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten its name
   */
  namespaceOf(id: OptionId): CatalogNamespace {
    return this.at(this.ordinalOf(id));
  }

  /** Compares two options of a store: by namespace, then in the schema's order, then flags by pattern, by their names. */
  compare(a: OptionId, b: OptionId): number {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    const ordinals = this.ordinalOf(a) - this.ordinalOf(b);
    if (ordinals !== 0) return ordinals;
    if (typeof a === 'number') return -1;
    return typeof b === 'number' ? 1 : compareCodePoints(a, b);
  }

  /** Returns the number of the namespace of an option. */
  ordinalOf(id: OptionId): number {
    if (typeof id === 'string') return splitPatternFlagId(id).ordinal;
    return this.#findOrdinal(id);
  }

  #findOrdinal(index: number): number {
    // The last namespace that begins at or before the index: namespaces without options begin where the next one does.
    let low = 0;
    let high = this.namespaceCount - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#firstIndexes[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #make(ordinal: number, name: string): CatalogNamespace {
    const firstIndex = this.#firstIndexes[ordinal] as number;
    const count = (this.#firstIndexes[ordinal + 1] as number) - firstIndex;
    const hasPatternFlags = this.#patterns[ordinal] === 1;
    return new CatalogNamespace(this.#names, this.namespaceCount, {
      ordinal,
      name,
      firstIndex,
      count,
      hasPatternFlags,
    });
  }
}

/** The options of one namespace. Their indexes in a snapshot are consecutive. */
export class CatalogNamespace {
  /** The number of the namespace in the catalog, from 0. */
  readonly ordinal: number;
  readonly name: string;
  /** The index of the first option in a snapshot. */
  readonly firstIndex: number;
  /** How many options the schema lists. */
  readonly count: number;
  /** Whether the schema declares flags by pattern. */
  readonly hasPatternFlags: boolean;
  readonly #names: NameTable;
  /** The entry of the option with the index 0. */
  readonly #firstEntry: number;

  /** @internal */
  constructor(
    names: NameTable,
    firstEntry: number,
    properties: Pick<CatalogNamespace, 'ordinal' | 'name' | 'firstIndex' | 'count' | 'hasPatternFlags'>,
  ) {
    const { ordinal, name, firstIndex, count, hasPatternFlags } = properties;
    this.ordinal = ordinal;
    this.name = name;
    this.firstIndex = firstIndex;
    this.count = count;
    this.hasPatternFlags = hasPatternFlags;
    this.#names = names;
    this.#firstEntry = firstEntry;
  }

  /** Returns the id of an option; undefined if the schema does not declare it. `key` may be anything. */
  idOf(key: unknown): OptionId | undefined {
    const index = this.indexOf(key);
    if (index !== undefined || !this.hasPatternFlags) return index;
    const matches = typeof key === 'string' && key.startsWith(FLAG_PREFIX);
    return matches ? makePatternFlagId(this.ordinal, key) : undefined;
  }

  /** Returns the option's index in a snapshot; undefined if the schema does not list it. `key` may be anything. */
  indexOf(key: unknown): number | undefined {
    const first = this.#firstEntry + this.firstIndex;
    const entry = this.#names.find(ownerOf(this.ordinal), key, first, this.count);
    return entry === NOT_FOUND ? undefined : entry - this.#firstEntry;
  }

  /**
   * Returns the name of an option of this namespace.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten it
   */
  keyOf(id: OptionId): string {
    if (typeof id === 'string') return splitPatternFlagId(id).key;
    return this.#names.decode(ownerOf(this.ordinal), this.#firstEntry + id);
  }

  /**
   * Returns all names that the schema lists, in its order, including flags.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten a name
   */
  keys(): string[] {
    return this.#names.decodeAll(ownerOf(this.ordinal), this.#firstEntry + this.firstIndex, this.count);
  }
}
