/**
 * What one thread has read of one namespace, in the generation that it has adopted: the fast path of every live read.
 * A thread that adopts a generation drops from here what changed, and nothing else. Runs in readers.
 */
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

/** The most names of unset flags in a cache, beside one for each flag that is set, and their longest, in code units. */
const MIN_UNSET = 1_024;
const MAX_UNSET_LENGTH = 128;

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
  /** The names in {@link flags} that match the pattern for flags, and are not set. */
  #unset: string[] = [];
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

  /** Keeps that the flag by pattern `name` is not set. Bounded: names may come from requests, in any number. */
  keepUnset(name: string, flag: CompiledFlag): void {
    if (name.length > MAX_UNSET_LENGTH) return;
    // As many names as there are flags that are set: who asks for thousands of flags finds some of them unset.
    if (this.#unset.length >= MIN_UNSET + this.flags.size - this.#unset.length) this.#dropUnset();
    this.flags.set(name, flag);
    this.#unset.push(name);
  }

  #dropUnset(): void {
    // Those that were set in the meantime are dropped, too: a read finds them again.
    for (const name of this.#unset) this.flags.delete(name);
    this.#unset = [];
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
    this.#unset = [];
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
