/** Live values: `NamespaceOptions` and `Option`, what a service holds and reads. The fast path of every read is here. */
import { UnknownNamespaceError, UnknownOptionError } from '../common/errors.js';
import type { OptionValue } from '../common/value.js';
import { indexOptions } from '../memory/catalog.js';
import type { KeyOf } from './option-types.js';
import { refreshSync } from './refresh.js';
import type { StoreView } from './view.js';

/**
 * One option of one namespace. There is one object for it as long as the store lives: hold on to it where it is read
 * often. To be used in the thread that it was made in.
 */
export class Option<T = OptionValue> {
  /** The namespace that declares the option. */
  readonly namespace: string;
  /** The option's name. */
  readonly key: string;
  /** Its place in every snapshot of the store. */
  readonly #index: number;
  readonly #view: StoreView;
  /** The generation that `#value` is of: 0 before the first read, and as long as there is no value. */
  #generation = 0;
  #value: T | undefined;

  /** @internal */
  constructor(view: StoreView, namespace: string, key: string, index: number) {
    this.#view = view;
    this.namespace = namespace;
    this.key = key;
    this.#index = index;
  }

  /**
   * The live value, else the schema's default. Objects and arrays are deeply frozen, and the same ones until the
   * generation changes. Never touches the disk, never waits.
   *
   * @throws {UnknownOptionError} for a feature flag that is not set, which has no value
   */
  get value(): T {
    // A plain read of shared memory: see Store.generationWord for why it may be one.
    if (this.#generation === this.#view.generationWord[0]) return this.#value as T;
    return this.#read();
  }

  /** Whether the values file sets the option. */
  get isset(): boolean {
    return this.#view.isset(this.#index);
  }

  /** Once in a generation, and for a flag that is not set. Apart from the getter, which is small enough to be inlined. */
  #read(): T {
    const override = this.#view.overrides?.get(this.#index);
    if (override !== undefined) return override as T;
    const snapshot = this.#view.adopt();
    const value = this.#view.valueIn(snapshot, this.#index);
    if (value === undefined) throw makeUnsetFlagError(this.namespace, this.key);
    this.#value = value as T;
    this.#generation = snapshot.generation;
    return this.#value;
  }
}

/**
 * The options of one namespace. Cheap to hold, to be used in the thread that it was made in; goes on reading after the
 * watcher has died or the store was closed.
 */
export class NamespaceOptions<T = Record<string, OptionValue>> {
  /** The namespace's name. */
  readonly namespace: string;
  readonly #view: StoreView;
  readonly #indexes: ReadonlyMap<string, number>;
  /** Those that have been asked for: most are never held, and 10 000 of them take a megabyte. */
  readonly #options = new Map<string, Option>();
  /** The values that `get` has given in the generation `#generation`. */
  #values = new Map<string, unknown>();
  #generation = 0;

  /** @internal `indexes`: the options' places in every snapshot; undefined where no schema declares the namespace. */
  constructor(view: StoreView, namespace: string, indexes: ReadonlyMap<string, number> | undefined) {
    this.#view = view;
    this.namespace = namespace;
    this.#indexes = indexes ?? new Map();
    if (indexes === undefined) this.#unknown = () => makeUnknownNamespaceError(view, namespace);
  }

  /**
   * The live value of `key`, else the schema's default, as {@link Option.value} has it.
   *
   * @throws {UnknownOptionError} where the schema does not declare `key`, or it is a feature flag that is not set
   * @throws {UnknownNamespaceError} where no schema declares the namespace
   */
  get<K extends KeyOf<T>>(key: K): T[K] {
    // One plain read of shared memory and one Map.get. By way of the option's own cache it would be a Map.get and three
    // reads that depend on it: 1.7 and not 1.2 times a Map.get with 100 options, 3 and not 1.0 times with 10 000.
    if (this.#generation === this.#view.generationWord[0]) {
      const value = this.#values.get(key);
      if (value !== undefined) return value as T[K];
    }
    return this.#read(key) as T[K];
  }

  /**
   * `refreshSync()`, then `get`: for tests and scripts; it costs a poll, and blocks the thread meanwhile. A failed
   * refresh is logged once, and the last good value comes back.
   *
   * @throws as {@link get} does
   */
  getForced<K extends KeyOf<T>>(key: K): T[K] {
    try {
      refreshSync(this.#view);
    } catch (error) {
      this.#view.logOnce(error);
    }
    return this.get(key);
  }

  /**
   * Whether the values file sets `key`.
   *
   * @throws {UnknownOptionError} where the schema does not declare `key`
   * @throws {UnknownNamespaceError} where no schema declares the namespace
   */
  isset(key: KeyOf<T>): boolean {
    return this.#view.isset(this.indexOf(key));
  }

  /**
   * The option itself, for code that reads it often: the same object each time.
   *
   * @throws as {@link isset} does
   */
  option<K extends KeyOf<T>>(key: K): Option<T[K]> {
    let option = this.#options.get(key);
    if (option === undefined) {
      option = new Option(this.#view, this.namespace, key, this.indexOf(key));
      this.#options.set(key, option);
    }
    return option as Option<unknown> as Option<T[K]>;
  }

  /** @internal The option's place in every snapshot of the store. Throws as {@link isset} does. */
  indexOf(key: string): number {
    const index = this.#indexes.get(key);
    if (index === undefined) throw this.#unknown(key);
    return index;
  }

  /** All declared names, in the schema's order, feature flags included. */
  keys(): KeyOf<T>[] {
    return [...this.#indexes.keys()] as KeyOf<T>[];
  }

  /** Once in a generation for each key; at each read while there are overrides. */
  #read(key: string): unknown {
    const value = this.#view.value(this.indexOf(key));
    if (value === undefined) throw makeUnsetFlagError(this.namespace, key);
    const { generation } = this.#view.adopted;
    if (generation !== this.#generation) {
      this.#values = new Map();
      this.#generation = generation;
    }
    // An override holds for its own time and context, and not for a generation.
    if (this.#view.overrides === undefined) this.#values.set(key, value);
    return value;
  }

  #unknown: (key: string) => Error = (key) =>
    new UnknownOptionError(
      `Unknown option '${key}' in namespace '${this.namespace}': its schema does not declare it. ` +
        `Add it to schemas/${this.namespace}/schema.json, or correct the key.`,
      { namespace: this.namespace, key },
    );
}

/** A namespace of `store`. */
export function openNamespace(view: StoreView, namespace: string): NamespaceOptions {
  return new NamespaceOptions(view, namespace, indexOptions(view.catalog, namespace));
}

/** The error for a namespace that no schema declares. */
export function makeUnknownNamespaceError(view: StoreView, namespace: string): UnknownNamespaceError {
  const known = view.catalog.map(({ name }) => name).join(', ') || 'none';
  return new UnknownNamespaceError(`Unknown namespace '${namespace}': no schema declares it. There are: ${known}.`, {
    namespace,
  });
}

/** The error for the value of a flag that no values file sets. */
export function makeUnsetFlagError(namespace: string, key: string): UnknownOptionError {
  return new UnknownOptionError(
    `Unknown option '${key}' in namespace '${namespace}': the feature flag is not set, and a flag has no default. ` +
      '`isset` tells whether it is.',
    { namespace, key },
  );
}
