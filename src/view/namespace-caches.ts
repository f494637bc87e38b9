/** What one thread has read of all namespaces of a store. Runs in readers. */
import type { EncodedSnapshot } from '../codec/decode.js';
import type { Catalog } from '../names/catalog.js';
import { splitPatternFlagId } from '../names/option-id.js';
import type { Live } from './live.js';
import { NamespaceCache, NO_CACHE } from './namespace-cache.js';

/** The caches of the namespaces that the thread uses. */
export class NamespaceCaches {
  readonly #catalog: Catalog;
  /** By the namespace's number in the catalog. */
  readonly #caches = new Map<number, NamespaceCache>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** Returns the cache of a namespace, whose freshness `live` decides; one without names if no schema declares it. */
  of(namespace: string, live: Live): NamespaceCache {
    const names = this.#catalog.find(namespace);
    if (names === undefined) return NO_CACHE;
    let cache = this.#caches.get(names.ordinal);
    if (cache === undefined) {
      cache = new NamespaceCache(live, names);
      this.#caches.set(names.ordinal, cache);
    }
    return cache;
  }

  /** Lists the namespaces that the thread uses, in the order of their first uses. */
  list(): string[] {
    return [...this.#caches.values()].flatMap(({ names }) => (names === undefined ? [] : [names.name]));
  }

  /**
   * Drops what the thread has read of the options that differ between two snapshots, in time for these only. `flags`:
   * the flags by pattern among them.
   */
  dropChanges(previous: EncodedSnapshot, newer: EncodedSnapshot, flags: readonly string[]): void {
    for (const id of flags) {
      const { ordinal, key } = splitPatternFlagId(id);
      this.#caches.get(ordinal)?.noteFlag(key, id, newer);
    }
    const changed = newer.changedSince(previous.generation);
    let used = 0;
    for (const cache of this.#caches.values()) used += cache.size;
    // To drop an option by itself takes longer than to drop it together with all others.
    if (changed === undefined || changed.length + flags.length > used / 4) {
      for (const cache of this.#caches.values()) cache.dropAll();
      return;
    }
    for (const index of changed) this.#caches.get(this.#catalog.ordinalOf(index))?.drop(index);
    for (const id of flags) this.#caches.get(splitPatternFlagId(id).ordinal)?.drop(id);
  }
}
