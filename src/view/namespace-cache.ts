/**
 * What one thread has read of one namespace, in the generation that it has adopted: the fast path of every live read.
 * A thread that adopts a generation drops from here what changed, and nothing else. Runs in readers.
 */
import type { OptionValue } from '../common/value.js';
import type { CompiledFlag } from '../features/compile.js';
import { FLAG_PREFIX } from '../features/feature.js';
import type { CatalogNamespace } from '../memory/catalog.js';
import { type Live, NO_STORE } from './live.js';

/** An option that this thread uses. */
export interface CachedOption {
  readonly key: string;
  /** Its index in every snapshot of the store. */
  readonly index: number;
  /** The value in the adopted generation; undefined until it is read, and if it is a flag that is not set. */
  value: OptionValue | undefined;
}

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
  /** The flags that are set, ready to be evaluated, by name without the prefix. */
  readonly flags = new Map<string, CompiledFlag>();
  readonly #options = new Map<string, CachedOption>();
  readonly #keys = new Map<number, string>();
  /** What pinned snapshots of the adopted generation read: `values` and `issets`, until something changes. */
  #shared: CachedReads | undefined;

  constructor(live: Live, names: CatalogNamespace | undefined) {
    this.live = live;
    this.names = names;
  }

  /** How many options this thread uses. */
  get size(): number {
    return this.#options.size;
  }

  /** Finds the option `key`; undefined if the schema does not declare it. */
  find(key: string): CachedOption | undefined {
    const known = this.#options.get(key);
    if (known !== undefined) return known;
    const index = this.names?.indexOf(key);
    if (index === undefined) return undefined;
    const option = { key, index, value: undefined };
    this.#keys.set(index, key);
    this.#options.set(key, option);
    return option;
  }

  /** Returns the reads of the adopted generation, for a pinned snapshot to keep, and to add to. */
  share(): CachedReads {
    this.#shared ??= { values: this.values, issets: this.issets };
    return this.#shared;
  }

  /** Drops what this thread has read of an option that changed. */
  drop(index: number): void {
    // Even if this thread has not read the option: it may, and what it reads then must not reach pinned snapshots.
    this.#unshare();
    const key = this.#keys.get(index);
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

/** Stands in for a cache, in objects that have not found a store, or whose namespace no schema declares. */
export const NO_CACHE = new NamespaceCache(NO_STORE, undefined);
