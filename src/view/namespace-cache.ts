/**
 * What one thread has read of one namespace, in the generation that it has adopted: the fast path of every live read.
 * A thread that adopts a generation drops from here what changed, and nothing else. Runs in readers.
 */
import type { EncodedSnapshot } from '../codec/decode.js';
import type { OptionValue } from '../common/value.js';
import type { CompiledFlag } from '../features/compile.js';
import { FLAG_PREFIX } from '../features/feature.js';
import type { CatalogNamespace } from '../names/catalog.js';
import { type OptionId, splitPatternFlagId } from '../names/option-id.js';
import { type Live, NO_STORE } from './live.js';

/** An option that this thread uses. */
export interface CachedOption {
  readonly key: string;
  readonly id: OptionId;
  /** The value in the adopted generation; undefined until it is read, and if it is a flag that is not set. */
  value: OptionValue | undefined;
}

/**
 * How many flags by pattern that are not set a thread reads, for each flag that is set or listed, before it keeps the names
 * of all these. Each of these reads takes about twice as long as to keep one name, so to keep them takes no longer than the
 * reads before that took.
 */
const UNSET_PER_NAME = 1 / 2;

/** By key, what `get` and `isset` return. */
export interface CachedReads {
  values: Map<string, OptionValue>;
  issets: Map<string, boolean>;
}

/** The cache of one namespace in one view, for all objects that read it. */
export class NamespaceCache {
  /** Whether the cache is fresh: `live.adopted === live.word[0]`. */
  readonly live: Live;
  /** The namespace's names; undefined if no schema declares it. */
  readonly names: CatalogNamespace | undefined;
  /**
   * The values by key, apart from {@link CachedOption}: through it, a `get` would be a `Map.get` and one more read that
   * depends on its answer.
   */
  readonly values = new Map<string, OptionValue>();
  readonly issets = new Map<string, boolean>();
  /** The flags that are set or listed, ready to be evaluated, by name without the prefix. */
  readonly flags = new Map<string, CompiledFlag>();
  readonly #options = new Map<string, CachedOption>();
  readonly #keys = new Map<number, string>();
  /**
   * The names without the prefix of all flags that the schema lists, or the adopted snapshot sets: every other name is a
   * flag by pattern that is not set. Such names may come from requests, in any number, and none of them is kept. Undefined
   * in a thread that has read few of them, or has no such flags: 10 000 names take 0.9 MiB.
   */
  #flagNames: Set<string> | undefined;
  #unsetReads = 0;
  #listedFlags: readonly string[] | undefined;
  /** What pinned snapshots of the adopted generation read: `values` and `issets`, until something changes. */
  #shared: CachedReads | undefined;

  constructor(live: Live, names: CatalogNamespace | undefined) {
    this.live = live;
    this.names = names;
  }

  /** How many options this thread uses. */
  get size(): number {
    return Math.max(this.#options.size, this.values.size, this.flags.size);
  }

  /**
   * Finds the option `key`: the same object each time if the schema lists it, and a new one if it is a flag by pattern;
   * undefined if the schema does not declare it.
   */
  find(key: string): CachedOption | undefined {
    const known = this.#options.get(key);
    if (known !== undefined) return known;
    const id = this.names?.idOf(key);
    if (id === undefined) return undefined;
    const option = { key, id, value: undefined };
    if (typeof id === 'string') return option;
    this.#keys.set(id, key);
    this.#options.set(key, option);
    return option;
  }

  /**
   * Lists the flags that the schema lists, in its order, without the prefix: the same list each time. `isFlag` says of an
   * option whether it is one.
   *
   * @throws {CatalogCorruptedError} if other code has overwritten a name
   */
  listFlags(isFlag: (index: number) => boolean): readonly string[] {
    const { names } = this;
    if (names === undefined) return [];
    this.#listedFlags ??= listFlagNames(names, isFlag);
    return this.#listedFlags;
  }

  /**
   * Whether `name` is a flag by pattern that the adopted snapshot does not set. False if this thread does not know, which
   * a slower read does.
   */
  isUnset(name: string): boolean {
    return this.#flagNames !== undefined && typeof name === 'string' && !this.#flagNames.has(name);
  }

  /** Counts a slower read of a flag by pattern that `adopted` does not set. After several, {@link isUnset} knows. */
  countUnset(adopted: EncodedSnapshot): void {
    const { names } = this;
    if (names === undefined || this.#flagNames !== undefined) return;
    const count = names.count + adopted.flags.count(names.ordinal);
    if (++this.#unsetReads < count * UNSET_PER_NAME) return;
    const keys = [...names.keys(), ...adopted.segment(names.ordinal).patternFlags];
    const flags = keys.filter((key) => key.startsWith(FLAG_PREFIX)).map((key) => key.slice(FLAG_PREFIX.length));
    // By JSON, since a part of a string keeps the whole of it: two thirds of the memory.
    this.#flagNames = new Set(JSON.parse(JSON.stringify(flags)));
  }

  /** Notes that the flag by pattern `key` has changed, and whether `newer`, which the thread adopts, sets it. */
  noteFlag(key: string, id: OptionId, newer: EncodedSnapshot): void {
    if (this.#flagNames === undefined) return;
    const name = key.slice(FLAG_PREFIX.length);
    if (newer.isset(id)) this.#flagNames.add(name);
    else this.#flagNames.delete(name);
  }

  /** Returns the reads of the adopted generation, for a pinned snapshot to keep, and to add to. */
  share(): CachedReads {
    this.#shared ??= { values: this.values, issets: this.issets };
    return this.#shared;
  }

  /** Drops what this thread has read of an option that changed. */
  drop(id: OptionId): void {
    // Even if this thread has not read the option: it may, and what it reads then must not reach pinned snapshots.
    this.#unshare();
    const key = typeof id === 'string' ? splitPatternFlagId(id).key : this.#keys.get(id);
    if (key === undefined) return;
    this.values.delete(key);
    this.issets.delete(key);
    if (key.startsWith(FLAG_PREFIX)) this.flags.delete(key.slice(FLAG_PREFIX.length));
    const option = this.#options.get(key);
    if (option !== undefined) option.value = undefined;
  }

  /** Drops all that this thread has read: any option may have changed. */
  dropAll(): void {
    this.#unshare();
    this.values.clear();
    this.issets.clear();
    this.flags.clear();
    for (const option of this.#options.values()) option.value = undefined;
  }

  /** Gives pinned snapshots copies, which stay as they are. Live reads keep their `Map`s: see `NamespaceOptions.get`. */
  #unshare(): void {
    const shared = this.#shared;
    if (shared === undefined) return;
    const issets = new Map(this.issets);
    shared.values = new Map(this.values);
    shared.issets = issets;
    this.#shared = undefined;
  }
}

/** Lists the flags of {@link NamespaceCache.listFlags}, each time anew. */
export function listFlagNames(names: CatalogNamespace, isFlag: (index: number) => boolean): readonly string[] {
  return names
    .keys()
    .filter((key, place) => key.startsWith(FLAG_PREFIX) && isFlag(names.firstIndex + place))
    .map((key) => key.slice(FLAG_PREFIX.length));
}

/** Stands in for a cache, in objects that have not found a store, or whose namespace no schema declares. */
export const NO_CACHE = new NamespaceCache(NO_STORE, undefined);
