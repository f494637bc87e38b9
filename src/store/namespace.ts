/** Live values: `NamespaceOptions` and `Option`, with the fast path of every read. Runs in readers. */
import { NotInitializedError, UnknownNamespaceError, UnknownOptionError } from '../common/errors.js';
import { formatName } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import type { CatalogNamespace } from '../memory/catalog.js';
import { NO_GENERATION, NO_STORE } from './live.js';
import type { KeyOf } from './option-types.js';
import { refreshSync } from './refresh.js';
import type { StoreView, ViewSource } from './view.js';

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
  readonly #options: NamespaceOptions;
  #live = NO_STORE;
  #view: StoreView | undefined;
  /** The option's index in every snapshot of the view's store. */
  #index = -1;
  /** The generation of `#value`; {@link NO_GENERATION} as long as there is no value. */
  #generation = NO_GENERATION;
  #value: T | undefined;

  /** @internal */
  constructor(options: NamespaceOptions, key: string) {
    this.#options = options;
    this.namespace = options.namespace;
    this.key = key;
  }

  /**
   * The live value, or else the schema's default. Objects and arrays are deeply frozen, and stay the same objects until
   * the generation changes. Never touches the disk, never waits.
   *
   * @throws {UnknownOptionError} if the option is a feature flag that is not set, or the schema does not declare it
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   * @throws {NotInitializedError} if this thread has no store
   * @throws {SnapshotUnreadableError} if this thread has no values yet, and cannot read the published ones
   */
  get value(): T {
    // A plain read of shared memory: Live.word explains why it may be one.
    if (this.#generation === this.#live.word[0]) return this.#value as T;
    return this.#read();
  }

  /** Whether the values file sets the option. Throws as {@link value} does, but not for a flag that is not set. */
  get isset(): boolean {
    return this.#bind().isset(this.#index);
  }

  /** Called once per generation, and for an unset flag. Not in the getter, so that V8 can inline the getter. */
  #read(): T {
    const view = this.#bind();
    const override = view.override(this.#index);
    if (override !== undefined) return override as T;
    const snapshot = view.adopt();
    const value = view.valueIn(snapshot, this.#index);
    if (value === undefined) throw makeUnsetFlagError(this.namespace, this.key);
    // After everything that can fail: a generation is never recorded without its value.
    this.#value = value as T;
    this.#generation = snapshot.generation;
    return this.#value;
  }

  /** Returns the view to read now, and finds the option's index in it if it is another view than last time. */
  #bind(): StoreView {
    const view = this.#options.bind();
    if (view === this.#view) return view;
    const index = this.#options.indexOf(this.key);
    this.#generation = NO_GENERATION;
    this.#index = index;
    this.#live = view.live;
    this.#view = view;
    return view;
  }
}

/**
 * The options of one namespace. Cheap to keep; use it in the thread that made it. It continues with the last values
 * after the watcher crashes or the store is closed. What `options()` returns moves on to the thread's next store.
 */
export class NamespaceOptions<T = Record<string, OptionValue>> {
  /** The namespace's name. */
  readonly namespace: string;
  readonly #source: ViewSource;
  #live = NO_STORE;
  #view: StoreView | undefined;
  /** The namespace in the view's store; undefined if no schema declares it. */
  #names: CatalogNamespace | undefined;
  /** The options' indexes in every snapshot of the view's store, of those that were requested. */
  #indexes = new Map<string, number>();
  /** The options that were requested: most never are, and 10 000 of them take a megabyte. */
  #options = new Map<string, Option>();
  /** The values that `get` returned in the generation `#generation`. */
  #values = new Map<string, unknown>();
  #generation = NO_GENERATION;

  /** @internal Finds its store at the first call. */
  constructor(source: ViewSource, namespace: string) {
    this.#source = source;
    this.namespace = namespace;
  }

  /**
   * Returns the live value of `key`, or else the schema's default, as {@link Option.value} does.
   *
   * @throws {UnknownOptionError} if the schema does not declare `key`, or `key` is a feature flag that is not set
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   * @throws {NotInitializedError} if this thread has no store
   * @throws {SnapshotUnreadableError} if this thread has no values yet, and cannot read the published ones
   * @example options('seer').get('max-retries')
   */
  get<K extends KeyOf<T>>(key: K): T[K] {
    // One plain read of shared memory and one Map.get. Through the option's own cache, it would be a Map.get and three
    // dependent reads: 1.7 instead of 1.2 times a Map.get with 100 options, and 3 instead of 1.0 times with 10 000.
    if (this.#generation === this.#live.word[0]) {
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
    const view = this.bind();
    try {
      refreshSync(view);
    } catch (error) {
      view.logOnce(error);
    }
    return this.get(key);
  }

  /**
   * Whether the values file sets `key`.
   *
   * @throws {UnknownOptionError} if the schema does not declare `key`
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   * @throws {NotInitializedError} if this thread has no store
   * @throws {SnapshotUnreadableError} if this thread has no values yet, and cannot read the published ones
   */
  isset(key: KeyOf<T>): boolean {
    const view = this.bind();
    return view.isset(this.indexOf(key));
  }

  /**
   * Returns the option itself, for code that reads it often: the same object each time. As long as this thread has no
   * store, returns a new object each time, and its reads throw if the schema turns out not to declare `key`.
   *
   * @throws as {@link isset} does, except {NotInitializedError}
   */
  option<K extends KeyOf<T>>(key: K): Option<T[K]> {
    let option = this.#options.get(key);
    if (option === undefined) {
      option = new Option(this as unknown as NamespaceOptions, key);
      // Only declared keys are remembered: others may come from outside, in unlimited numbers.
      if (this.#tryBind() !== undefined && this.indexOf(key) >= 0) this.#options.set(key, option);
    }
    return option as Option<unknown> as Option<T[K]>;
  }

  /** @internal Returns the option's index in every snapshot of the store. Throws as {@link isset} does. */
  indexOf(key: string): number {
    const view = this.bind();
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const index = this.#names?.indexOf(key);
    if (index !== undefined) {
      this.#indexes.set(key, index);
      return index;
    }
    view.checkCatalog();
    if (this.#names === undefined) throw makeUnknownNamespaceError(view, this.namespace);
    throw new UnknownOptionError(
      `Unknown option ${formatName(key)} in namespace '${this.namespace}': its schema does not declare it. ` +
        `Add it to schemas/${this.namespace}/schema.json, or correct the key.`,
      { namespace: this.namespace, key },
    );
  }

  /** Returns all declared names in the schema's order, feature flags included; none if the namespace is unknown. */
  keys(): KeyOf<T>[] {
    const view = this.bind();
    if (this.#names === undefined) view.checkCatalog();
    return view.readNames(() => this.#names?.keys() ?? []) as KeyOf<T>[];
  }

  /** @internal Returns the view to read now, and finds the namespace in it if it is another view than last time. */
  bind(): StoreView {
    const view = this.#source.resolve(this.#view);
    if (view === this.#view) return view;
    const names = view.catalog.find(this.namespace);
    const indexes = new Map<string, number>();
    const values = new Map<string, unknown>();
    const options = new Map<string, Option>();
    // From here on, nothing can fail: no half of two stores ever stays.
    this.#generation = NO_GENERATION;
    this.#values = values;
    this.#options = options;
    this.#names = names;
    this.#indexes = indexes;
    this.#live = view.live;
    this.#view = view;
    return view;
  }

  #tryBind(): StoreView | undefined {
    try {
      return this.bind();
    } catch (error) {
      if (error instanceof NotInitializedError) return undefined;
      throw error;
    }
  }

  /** Called once per generation for each key; on every read while there are overrides. */
  #read(key: string): unknown {
    const view = this.bind();
    const index = this.indexOf(key);
    const override = view.override(index);
    if (override !== undefined) return override;
    const snapshot = view.adopt();
    const value = view.valueIn(snapshot, index);
    if (value === undefined) throw makeUnsetFlagError(this.namespace, key);
    if (snapshot.generation !== this.#generation) {
      this.#values = new Map();
      this.#generation = snapshot.generation;
    }
    this.#values.set(key, value);
    return value;
  }
}

/** Makes the error for a namespace that no schema declares. */
export function makeUnknownNamespaceError(view: StoreView, namespace: string): UnknownNamespaceError {
  const known = view.readNames((catalog) => catalog.names()).join(', ') || 'none';
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
