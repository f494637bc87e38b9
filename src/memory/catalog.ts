/**
 * The catalog of a store: its namespaces and their options, in the order of their indexes in a snapshot. Runs in readers,
 * which search it in shared memory: a thread has JavaScript strings only for the names that it uses. `catalog-layout.ts`
 * describes the memory.
 *
 * Other code of the process may overwrite the memory at any time. So each word is checked before it is used as a
 * position, each search visits a limited number of slots, and a name is found only if the memory contains that name and
 * the check of its entry. Otherwise the search finds nothing; {@link Catalog.isIntact} then tells why.
 */
import { crc32 } from 'node:zlib';
import { monotonicTime } from '../common/host-time.js';
import { FIRST_INDEXES, NAMESPACE_COUNT, NAMESPACES, OPTION_COUNT, ownerOf } from './catalog-layout.js';
import { NameTable, NOT_FOUND } from './name-table.js';

/** How long a verdict of {@link Catalog.isIntact} holds: unknown names may come from requests, in any number. */
const VERDICT_MS = 1_000;

/** The names of a store. */
export class Catalog {
  /** How many namespaces there are. */
  readonly namespaceCount: number;
  /** How many options all namespaces declare together. */
  readonly optionCount: number;
  readonly #names: NameTable;
  /** The index of each namespace's first option. A private copy, as all numbers that a search relies on. */
  readonly #firstIndexes: Int32Array;
  readonly #buffer: SharedArrayBuffer;
  readonly #checksum: number;
  #verdict = { isIntact: true, at: Number.NEGATIVE_INFINITY };

  /** @param checksum the checksum of the memory before any other thread had it: `StoreHandle.catalogChecksum` */
  constructor(buffer: SharedArrayBuffer, checksum: number) {
    const words = new Int32Array(buffer, 0, Math.floor(buffer.byteLength / Int32Array.BYTES_PER_ELEMENT));
    const namespaceCount = words[NAMESPACE_COUNT] as number;
    this.#firstIndexes = words.slice(FIRST_INDEXES, FIRST_INDEXES + namespaceCount + 1);
    this.namespaceCount = namespaceCount;
    this.optionCount = words[OPTION_COUNT] as number;
    this.#names = new NameTable(words, namespaceCount, this.optionCount);
    this.#buffer = buffer;
    this.#checksum = checksum;
  }

  /** Whether no code has overwritten the memory, at most a second ago. Reads all of it. */
  get isIntact(): boolean {
    const now = monotonicTime();
    if (now - this.#verdict.at >= VERDICT_MS) {
      this.#verdict = { isIntact: crc32(new Uint8Array(this.#buffer)) === this.#checksum, at: now };
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
   * Returns the namespace of the option with this index.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten its name
   */
  namespaceOf(index: number): CatalogNamespace {
    return this.at(this.ordinalOf(index));
  }

  /** Returns the number of the namespace of the option with this index. */
  ordinalOf(index: number): number {
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
    return new CatalogNamespace(this.#names, this.namespaceCount, { ordinal, name, firstIndex, count });
  }
}

/** The options of one namespace. Their indexes in a snapshot are consecutive. */
export class CatalogNamespace {
  /** The number of the namespace in the catalog, from 0. */
  readonly ordinal: number;
  readonly name: string;
  /** The index of the first option in a snapshot. */
  readonly firstIndex: number;
  /** How many options the namespace declares. */
  readonly count: number;
  readonly #names: NameTable;
  /** The entry of the option with the index 0. */
  readonly #firstEntry: number;

  /** @internal */
  constructor(
    names: NameTable,
    firstEntry: number,
    { ordinal, name, firstIndex, count }: Pick<CatalogNamespace, 'ordinal' | 'name' | 'firstIndex' | 'count'>,
  ) {
    this.ordinal = ordinal;
    this.name = name;
    this.firstIndex = firstIndex;
    this.count = count;
    this.#names = names;
    this.#firstEntry = firstEntry;
  }

  /** Returns the option's index in a snapshot; undefined if the schema does not declare it. `key` may be anything. */
  indexOf(key: unknown): number | undefined {
    const first = this.#firstEntry + this.firstIndex;
    const entry = this.#names.find(ownerOf(this.ordinal), key, first, this.count);
    return entry === NOT_FOUND ? undefined : entry - this.#firstEntry;
  }

  /**
   * Returns the name of the option with this index in a snapshot.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten it
   */
  keyAt(index: number): string {
    return this.#names.decode(ownerOf(this.ordinal), this.#firstEntry + index);
  }

  /**
   * Returns all names in the schema's order, including flags.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten a name
   */
  keys(): string[] {
    return this.#names.decodeAll(ownerOf(this.ordinal), this.#firstEntry + this.firstIndex, this.count);
  }
}
