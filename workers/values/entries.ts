/** What one load has found of each namespace, and the size of the snapshot so far. Runs in the watcher thread. Pure. */
import type { EncodedSegment } from '../../src/codec/frame.js';
import type { LoadedNamespace } from './results.js';

/** What is known of a namespace whose file has no issue, or which is held back. */
export interface Entry {
  /** The size of its file, in bytes. */
  readonly bytes: number;
  /** The size of its encoded values, in bytes; 0 if that is not known. */
  readonly size: number;
  /** Undefined if only the verdict is known. */
  readonly loaded?: LoadedNamespace;
  /** Its values; undefined if they are the published ones, or were not encoded. */
  readonly segment?: EncodedSegment;
}

export class Entries {
  /** By the namespace's place in the catalog. */
  readonly #entries: (Entry | undefined)[];
  /** What is published of each namespace, which counts until another entry replaces it. */
  readonly #published: readonly Entry[] | undefined;
  #size: number;

  /**
   * @param frameSize the bytes of the snapshot around the values
   * @param published undefined if a namespace must not keep its published values
   */
  constructor(count: number, frameSize: number, published?: readonly Entry[]) {
    this.#entries = published === undefined ? new Array<undefined>(count).fill(undefined) : [...published];
    this.#published = published;
    this.#size = this.#entries.reduce((sum, entry) => sum + (entry?.size ?? 0), frameSize);
  }

  /** The size of the snapshot, in bytes, as far as it is known. */
  get size(): number {
    return this.#size;
  }

  get(ordinal: number): Entry | undefined {
    return this.#entries[ordinal];
  }

  set(ordinal: number, entry: Entry | undefined): void {
    this.#size += (entry?.size ?? 0) - (this.#entries[ordinal]?.size ?? 0);
    this.#entries[ordinal] = entry;
  }

  /** Puts back what is published of a namespace. Returns how many bytes smaller the snapshot is then. */
  restore(ordinal: number): number {
    const before = this.#size;
    this.set(ordinal, this.#published?.[ordinal]);
    return before - this.#size;
  }

  /** Finds the namespace whose values grew most since they were published; undefined if none grew. */
  findLargestGrowth(): number | undefined {
    let found: number | undefined;
    let most = 0;
    for (const [ordinal, entry] of this.#entries.entries()) {
      const growth = (entry?.size ?? 0) - (this.#published?.[ordinal]?.size ?? 0);
      if (growth <= most) continue;
      most = growth;
      found = ordinal;
    }
    return found;
  }

  /** The segments of all namespaces; undefined for those that keep their published values. */
  listSegments(): readonly (EncodedSegment | undefined)[] {
    return this.#entries.map((entry) => entry?.segment);
  }

  /** The namespaces of which only the verdict is known. */
  listPostponed(): readonly number[] {
    return [...this.#entries.keys()].filter((ordinal) => {
      const entry = this.#entries[ordinal];
      return entry !== undefined && entry.loaded === undefined;
    });
  }
}
