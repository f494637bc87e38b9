/** Pinned snapshots: all namespaces in one generation, for as long as the snapshot is kept. Runs in readers. */

import type { KeyOf, NamespaceName, OptionsOf } from '../common/option-types.js';
import type { OptionValue } from '../common/value.js';
import type { OptionId } from '../names/option-id.js';
import type { StoreView } from '../view/view.js';
import { FeatureChecker } from './feature-checker.js';
import { type LiveFlags, PinnedFlags } from './flags.js';
import type { NamespaceOptions } from './namespace.js';
import { Pinned, PinnedOptions } from './pinned.js';
import type { OptionValues } from './values.js';

/** The live namespaces of a store, which find the options. */
interface LiveNamespaces {
  namespace(namespace: string): NamespaceOptions;
  flags(namespace: string): LiveFlags;
}

/**
 * One generation of all namespaces. Live reads in the same thread still move on to newer generations. A read costs what
 * a live one costs, and returns the same object as long as the value is the same. Use it in the thread that made it.
 *
 * @example
 * const pinned = store.snapshot();
 * pinned.namespace('seer').get('max-retries');
 */
export class Snapshot {
  readonly #view: StoreView;
  readonly #pinned: Pinned;
  readonly #live: LiveNamespaces;
  readonly #namespaces = new Map<string, SnapshotNamespace>();

  /** @internal */
  constructor(view: StoreView, live: LiveNamespaces) {
    this.#view = view;
    this.#pinned = new Pinned(view);
    this.#live = live;
  }

  /** The number of the generation. */
  get generation(): number {
    return this.#pinned.generation;
  }

  /** Returns `namespace` in this generation, the same object each time. Reading an unknown namespace throws. */
  namespace<N extends NamespaceName>(namespace: N): SnapshotNamespace<OptionsOf<N>> {
    let options = this.#namespaces.get(namespace);
    if (options === undefined) {
      options = new SnapshotNamespace(this.#pinned, this.#live.namespace(namespace));
      // Only declared names are remembered: others may come from outside, in unlimited numbers.
      if (this.#view.declares(namespace)) this.#namespaces.set(namespace, options);
    }
    return options as SnapshotNamespace<unknown> as SnapshotNamespace<OptionsOf<N>>;
  }

  /** Returns the flags of `namespace` in this generation. All are off if the namespace is unknown. */
  features<N extends NamespaceName>(namespace: N): FeatureChecker<OptionsOf<N>> {
    return new FeatureChecker(new PinnedFlags(this.#live.flags(namespace), this.#pinned));
  }

  /** @internal See {@link Pinned.release}. */
  release(): void {
    this.#pinned.release();
  }

  /** @internal Returns an option's value; undefined if it is a flag that is not set. It does not count as a read. */
  value(id: OptionId): OptionValue | undefined {
    return this.#pinned.value(id);
  }

  /** Returns all values by namespace and key, including defaults. Omits flags that are not set. */
  toJSON(): { generation: number; namespaces: Record<string, Record<string, OptionValue>> } {
    // Entries, not assignments: an option may be named `__proto__`, and a namespace `constructor`.
    const namespaces = Object.fromEntries(
      this.#view.names
        .read((catalog) => catalog.names())
        .map((name) => {
          const live = this.#live.namespace(name);
          const values = this.#pinned.keys(live).flatMap((key): [string, OptionValue][] => {
            const value = this.#pinned.value(live.find(key).id);
            return value === undefined ? [] : [[key, value]];
          });
          return [name, Object.fromEntries(values)];
        }),
    );
    return { generation: this.generation, namespaces };
  }
}

/** The options of one namespace in one generation. Use it in the thread that made it. */
export class SnapshotNamespace<T = Record<string, OptionValue>> {
  readonly #options: PinnedOptions;

  /** @internal */
  constructor(pinned: Pinned, live: NamespaceOptions) {
    this.#options = new PinnedOptions(pinned, live);
  }

  /**
   * Returns the value of `key` in this generation, or else the schema's default; deeply frozen.
   *
   * @throws {UnknownOptionError} if the schema does not declare `key`, or `key` is a feature flag that is not set
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   */
  get<K extends KeyOf<T>>(key: K): T[K] {
    return this.#options.get(key) as T[K];
  }

  /**
   * The options in this generation as the properties of one object, the same object each time. In all else it is like
   * the `values` of live options.
   *
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   * @throws {SnapshotUnreadableError} if this thread cannot read the schemas' names or defaults
   */
  get values(): OptionValues<T> {
    return this.#options.properties as OptionValues<T>;
  }

  /** Whether the values file set `key` in this generation. Throws as {@link get} does if `key` is not declared. */
  isset(key: KeyOf<T>): boolean {
    return this.#options.isset(key);
  }

  /** Returns all declared names in the schema's order, including feature flags; then the flags by pattern that are set. */
  keys(): KeyOf<T>[] {
    return this.#options.keys() as KeyOf<T>[];
  }
}
