/** Pinned snapshots: all namespaces in one generation, for as long as the snapshot is kept. Runs in readers. */
import type { DecodedSnapshot } from '../codec/decode.js';
import type { OptionValue } from '../common/value.js';
import { FeatureChecker } from './feature-checker.js';
import { type LiveFlags, PinnedFlags } from './flags.js';
import { makeUnsetFlagError, type NamespaceOptions } from './namespace.js';
import type { KeyOf, NamespaceName, OptionsOf } from './option-types.js';
import type { StoreView } from './view.js';

/** One generation, with the overrides that were active when it was pinned. */
class PinnedValues {
  readonly #view: StoreView;
  readonly #snapshot: DecodedSnapshot;
  readonly #overrides: ReadonlyMap<number, OptionValue> | undefined;

  constructor(view: StoreView) {
    this.#view = view;
    this.#snapshot = view.adopt();
    this.#overrides = view.visibleOverrides();
  }

  get generation(): number {
    return this.#snapshot.generation;
  }

  /** Returns the option's value; undefined if it is a flag that is not set. */
  value(index: number): OptionValue | undefined {
    return this.#overrides?.get(index) ?? this.#view.valueIn(this.#snapshot, index);
  }

  isset(index: number): boolean {
    return this.#overrides?.has(index) === true || this.#snapshot.isset(index);
  }
}

/** The live namespaces of a store, which know the options' indexes. */
interface LiveNamespaces {
  namespace(namespace: string): NamespaceOptions;
  flags(namespace: string): LiveFlags;
}

/**
 * One generation of all namespaces. Live reads in the same thread still move on to newer generations. Use it in the
 * thread that made it.
 *
 * @example
 * const pinned = store.snapshot();
 * pinned.namespace('seer').get('max-retries');
 */
export class Snapshot {
  readonly #view: StoreView;
  readonly #values: PinnedValues;
  readonly #live: LiveNamespaces;

  /** @internal */
  constructor(view: StoreView, live: LiveNamespaces) {
    this.#view = view;
    this.#values = new PinnedValues(view);
    this.#live = live;
  }

  /** The number of the generation. */
  get generation(): number {
    return this.#values.generation;
  }

  /** Returns `namespace` in this generation. Reading an unknown namespace throws. */
  namespace<N extends NamespaceName>(namespace: N): SnapshotNamespace<OptionsOf<N>> {
    return new SnapshotNamespace(this.#values, this.#live.namespace(namespace));
  }

  /** Returns the flags of `namespace` in this generation. All are off if the namespace is unknown. */
  features<N extends NamespaceName>(namespace: N): FeatureChecker<OptionsOf<N>> {
    return new FeatureChecker(new PinnedFlags(this.#live.flags(namespace), (index) => this.#values.value(index)));
  }

  /** Returns all values by namespace and key, including defaults. Omits flags that are not set. */
  toJSON(): { generation: number; namespaces: Record<string, Record<string, OptionValue>> } {
    // Entries, not assignments: an option may be named `__proto__`, and a namespace `constructor`.
    const namespaces = Object.fromEntries(
      this.#view
        .readNames((catalog) => catalog.names())
        .map((name) => {
          const live = this.#live.namespace(name);
          const values = live.keys().flatMap((key): [string, OptionValue][] => {
            const value = this.#values.value(live.indexOf(key));
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
  readonly #values: PinnedValues;
  readonly #live: NamespaceOptions;

  /** @internal */
  constructor(values: PinnedValues, live: NamespaceOptions) {
    this.#values = values;
    this.#live = live;
  }

  /**
   * Returns the value of `key` in this generation, or else the schema's default; deeply frozen.
   *
   * @throws {UnknownOptionError} if the schema does not declare `key`, or `key` is a feature flag that is not set
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   */
  get<K extends KeyOf<T>>(key: K): T[K] {
    const value = this.#values.value(this.#live.indexOf(key));
    if (value === undefined) throw makeUnsetFlagError(this.#live.namespace, key);
    return value as T[K];
  }

  /** Whether the values file set `key` in this generation. Throws as {@link get} does if `key` is not declared. */
  isset(key: KeyOf<T>): boolean {
    return this.#values.isset(this.#live.indexOf(key));
  }

  /** Returns all declared names in the schema's order, including feature flags. */
  keys(): KeyOf<T>[] {
    return this.#live.keys() as KeyOf<T>[];
  }
}
