/** Live values: `NamespaceOptions` and `Option`, with the fast path of every read. Runs in readers. */
import { UnknownNamespaceError, UnknownOptionError } from '../common/errors.js';
import { formatName } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { indexOptions } from '../memory/catalog.js';
import type { KeyOf } from './option-types.js';
import { refreshSync } from './refresh.js';
import type { StoreView } from './view.js';

/**
 * One option of one namespace: the same object as long as the store lives. Keep it in code that reads the option often.
 * Use it in the thread that made it.
 *
 * @example
 * const maxRetries = options('seer').option('max-retries');
 * maxRetries.value;
 */
export class Option<T = OptionValue> {
  /** The namespace that declares the option. */
  readonly namespace: string;
  /** The option's name. */
  readonly key: string;
  /** The option's index in every snapshot of the store. */
  readonly #index: number;
  readonly #view: StoreView;
  /** The generation of `#value`; 0 before the first read, and as long as there is no value. */
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
   * The live value, or else the schema's default. Objects and arrays are deeply frozen, and stay the same objects until
   * the generation changes. Never touches the disk, never waits.
   *
   * @throws {UnknownOptionError} if the option is a feature flag that is not set
   */
  get value(): T {
    // A plain read of shared memory: StoreView.generationWord explains why it may be one.
    if (this.#generation === this.#view.generationWord[0]) return this.#value as T;
    return this.#read();
  }

  /** Whether the values file sets the option. */
  get isset(): boolean {
    return this.#view.isset(this.#index);
  }

  /** Called once per generation, and for an unset flag. Not in the getter, so that V8 can inline the getter. */
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
 * The options of one namespace. Cheap to keep; use it in the thread that made it. It continues with the last values
 * after the watcher crashes or the store is closed.
 */
export class NamespaceOptions<T = Record<string, OptionValue>> {
  /** The namespace's name. */
  readonly namespace: string;
  readonly #view: StoreView;
  readonly #indexes: ReadonlyMap<string, number>;
  /** The options that were requested: most never are, and 10 000 of them take a megabyte. */
  readonly #options = new Map<string, Option>();
  /** The values that `get` returned in the generation `#generation`. */
  #values = new Map<string, unknown>();
  #generation = 0;

  /** @internal `indexes`: the options' indexes in every snapshot; undefined if no schema declares the namespace. */
  constructor(view: StoreView, namespace: string, indexes: ReadonlyMap<string, number> | undefined) {
    this.#view = view;
    this.namespace = namespace;
    this.#indexes = indexes ?? new Map();
    if (indexes === undefined) this.#unknown = () => makeUnknownNamespaceError(view, namespace);
  }

  /**
   * Returns the live value of `key`, or else the schema's default, as {@link Option.value} does.
   *
   * @throws {UnknownOptionError} if the schema does not declare `key`, or `key` is a feature flag that is not set
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   * @example options('seer').get('max-retries')
   */
  get<K extends KeyOf<T>>(key: K): T[K] {
    // One plain read of shared memory and one Map.get. Through the option's own cache, it would be a Map.get and three
    // dependent reads: 1.7 instead of 1.2 times a Map.get with 100 options, and 3 instead of 1.0 times with 10 000.
    if (this.#generation === this.#view.generationWord[0]) {
      const value = this.#values.get(key);
      if (value !== undefined) return value as T[K];
    }
    return this.#read(key) as T[K];
  }

  /**
   * Calls `refreshSync()`, then `get`. For tests and scripts: it costs a poll and blocks the thread. If the refresh
   * fails, logs the error once and returns the last valid value.
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
   * @throws {UnknownOptionError} if the schema does not declare `key`
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   */
  isset(key: KeyOf<T>): boolean {
    return this.#view.isset(this.indexOf(key));
  }

  /**
   * Returns the option itself, for code that reads it often: the same object each time.
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

  /** @internal Returns the option's index in every snapshot of the store. Throws as {@link isset} does. */
  indexOf(key: string): number {
    const index = this.#indexes.get(key);
    if (index === undefined) throw this.#unknown(key);
    return index;
  }

  /** Returns all declared names in the schema's order, feature flags included. */
  keys(): KeyOf<T>[] {
    return [...this.#indexes.keys()] as KeyOf<T>[];
  }

  /** Called once per generation for each key; on every read while there are overrides. */
  #read(key: string): unknown {
    const value = this.#view.value(this.indexOf(key));
    if (value === undefined) throw makeUnsetFlagError(this.namespace, key);
    const { generation } = this.#view.adopted;
    if (generation !== this.#generation) {
      this.#values = new Map();
      this.#generation = generation;
    }
    // An override is active for its own time and context, not for a generation.
    if (this.#view.overrides === undefined) this.#values.set(key, value);
    return value;
  }

  #unknown: (key: string) => Error = (key) =>
    new UnknownOptionError(
      `Unknown option ${formatName(key)} in namespace '${this.namespace}': its schema does not declare it. ` +
        `Add it to schemas/${this.namespace}/schema.json, or correct the key.`,
      { namespace: this.namespace, key },
    );
}

/** Opens a namespace of the store. */
export function openNamespace(view: StoreView, namespace: string): NamespaceOptions {
  return new NamespaceOptions(view, namespace, indexOptions(view.catalog, namespace));
}

/** Makes the error for a namespace that no schema declares. */
export function makeUnknownNamespaceError(view: StoreView, namespace: string): UnknownNamespaceError {
  const known = view.catalog.map(({ name }) => name).join(', ') || 'none';
  return new UnknownNamespaceError(
    `Unknown namespace ${formatName(namespace)}: no schema declares it. Declared namespaces: ${known}.`,
    { namespace },
  );
}

/** Makes the error for reading the value of a flag that no values file sets. */
export function makeUnsetFlagError(namespace: string, key: string): UnknownOptionError {
  return new UnknownOptionError(
    `Unknown option '${key}' in namespace '${namespace}': the feature flag is not set, and a flag has no default. ` +
      'Check `isset` first.',
    { namespace, key },
  );
}
