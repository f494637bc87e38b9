/** `NamespaceOptions`: the live options of one namespace, with the fast path of every read. Runs in readers. */
import { NotInitializedError } from '../common/errors.js';
import type { KeyOf } from '../common/option-types.js';
import type { OptionValue } from '../common/value.js';
import {
  type ChangeListeners,
  type ChangesListener,
  type ListenedValue,
  requireKeys,
} from '../events/change-listeners.js';
import type { Change } from '../events/reload-event.js';
import { requireListener } from '../events/reload-events.js';
import { isPatternFlag } from '../names/option-id.js';
import { type CachedOption, type NamespaceCache, NO_CACHE } from '../view/namespace-cache.js';
import { refreshSync } from '../view/refresh.js';
import type { StoreView, ViewSource } from '../view/view.js';
import { LiveValues } from './live-values.js';
import { NamespaceReader } from './namespace-reader.js';
import { Option } from './option.js';
import { listPatternFlags } from './pattern-flags.js';
import { keepApart } from './slow-path.js';
import { makeUnknownNamespaceError, makeUnknownOptionError, makeUnsetFlagError } from './unknown-names.js';
import type { OptionValues } from './values.js';

/**
 * The options of one namespace. Cheap to keep; use it in the thread that made it. It continues with the last values
 * after the watcher crashes or the store is closed. What `options()` returns moves on to the thread's next store.
 */
export class NamespaceOptions<T = Record<string, OptionValue>> extends NamespaceReader {
  static readonly #readApart = keepApart((options: NamespaceOptions, key: string) => options.#read(key));
  static readonly #readIssetApart = keepApart((options: NamespaceOptions, key: string) => options.#readIsset(key));

  // The parts of the cache that the fast paths need, in this object itself.
  #live = NO_CACHE.live;
  #reads = NO_CACHE.values;
  #issets = NO_CACHE.issets;
  /** The options that were requested: most never are, and each takes memory. */
  #options = new Map<string, Option>();
  #values: LiveValues | undefined;
  readonly #listeners: ChangeListeners;

  /** @internal `listeners`: of the store, or of the thread, that `source` stands for. */
  constructor(source: ViewSource, namespace: string, listeners: ChangeListeners) {
    super(source, namespace);
    this.#listeners = listeners;
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
    // One plain read of shared memory and one Map.get: NamespaceCache.values says why it is not the option's own cache.
    const live = this.#live;
    if (live.adopted === live.word[0]) {
      const value = this.#reads.get(key);
      if (value !== undefined) return value as T[K];
    }
    return NamespaceOptions.#readApart(this as NamespaceOptions, key) as T[K];
  }

  /**
   * The live options as the properties of one object, the same object each time: `values['max-retries']` is what
   * `get('max-retries')` returns, at a fraction of the time if the key is constant. Without feature flags. Read-only: an
   * assignment throws. An undeclared name throws, too; symbols, `then`, `toJSON`, and names that every object has, as
   * `constructor`, do not. `in`, `Object.keys`, spread and `JSON.stringify` work. Before this thread has a store, the
   * object has no properties, and they appear with the store.
   *
   * Making the object takes time and memory for each option of the namespace, once.
   *
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   * @throws {SnapshotUnreadableError} if this thread cannot read the schemas' names or defaults
   * @example const { values } = options('seer');
   * for (let retry = 0; retry < values['max-retries']; retry++) { … }
   */
  get values(): OptionValues<T> {
    const view = this.#tryBind();
    if (this.#values === undefined) {
      this.#values = new LiveValues(this);
      if (view === undefined) this.awaitStore(this as unknown as NamespaceOptions);
    }
    return this.#values.open(view) as OptionValues<T>;
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
      view.log.once('refresh-failed', error);
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
    const live = this.#live;
    if (live.adopted === live.word[0]) {
      const isset = this.#issets.get(key);
      if (isset !== undefined) return isset;
    }
    return NamespaceOptions.#readIssetApart(this as NamespaceOptions, key);
  }

  /**
   * Returns the option itself, for code that reads it often: the same object each time, but for a flag by pattern a new
   * one. As long as this thread has no store, returns a new object each time, and its reads throw if the schema turns out
   * not to declare `key`.
   *
   * @throws as {@link isset} does, except {NotInitializedError}
   */
  option<K extends KeyOf<T>>(key: K): Option<T[K], ListenedValue<T[K]>> {
    let option = this.#options.get(key);
    if (option === undefined) {
      option = new Option(this, key);
      // Only keys that the schema lists are remembered: others may come from outside, in unlimited numbers.
      if (this.#tryBind() !== undefined && !isPatternFlag(this.find(key).id)) this.#options.set(key, option);
    }
    return option as Option<unknown> as Option<T[K], ListenedValue<T[K]>>;
  }

  /**
   * Calls `listener` after each reload that changes one of the options `keys`, once for all of them, with the changes of
   * these, in the schema's order. Otherwise does the same as {@link Option.onChange}.
   *
   * @returns a Disposable that removes the listener
   * @throws as {@link isset} does, and {ConfigError} if `keys` is not a list of names, or `listener` not a function
   * @example options('seer').onChange(['host', 'port'], () => reconnect());
   */
  onChange<K extends KeyOf<T>>(keys: readonly K[], listener: ChangesListener<T, K>): Disposable {
    const names = requireKeys(keys);
    requireListener(listener);
    return this.listen(names, listener as (changes: readonly Change[]) => void);
  }

  /** @internal The same without checks of the arguments. */
  listen(keys: readonly string[], listener: (changes: readonly Change[]) => unknown): Disposable {
    const view = this.bind();
    const options = keys.map((key) => this.find(key));
    for (const { id } of options) view.usage.markRead(id);
    return this.#listeners.add({ view, namespace: this.namespace, options }, listener);
  }

  /**
   * Returns all declared names in the schema's order, feature flags included; none if the namespace is unknown. Flags by
   * pattern come last, sorted: those that are set.
   */
  keys(): KeyOf<T>[] {
    const listed = this.listedKeys();
    const { names } = this.cache;
    if (names?.hasPatternFlags !== true) return listed as KeyOf<T>[];
    const view = this.bind();
    const flags = listPatternFlags(names.ordinal, view.adopt(), view.visibleOverrides());
    return [...listed, ...flags] as KeyOf<T>[];
  }

  /** @internal Returns the names that the schema lists. */
  listedKeys(): string[] {
    const view = this.bind();
    const { names } = this.cache;
    if (names === undefined) view.names.check();
    return view.names.read(() => names?.keys() ?? []);
  }

  /** @internal Finds an option. Throws as {@link isset} does. */
  find(key: string): CachedOption {
    const view = this.bind();
    const option = this.cache.find(key);
    if (option !== undefined) return option;
    view.names.check();
    if (this.cache.names === undefined) throw makeUnknownNamespaceError(view, this.namespace);
    throw makeUnknownOptionError(this.namespace, key);
  }

  /** Called after the option changed, and on every read while there are overrides. */
  #read(key: string): OptionValue {
    const option = this.find(key);
    const view = this.bind();
    view.usage.markRead(option.id);
    const override = view.override(option.id);
    if (override !== undefined) return override;
    const value = view.readAdopted(option);
    if (value === undefined) throw makeUnsetFlagError(this.namespace, key);
    this.cache.values.set(key, value);
    return value;
  }

  #readIsset(key: string): boolean {
    const { id } = this.find(key);
    const view = this.bind();
    view.usage.markRead(id);
    if (view.override(id) !== undefined) return true;
    const isset = view.adopt().isset(id);
    if (isset || !isPatternFlag(id)) this.cache.issets.set(key, isset);
    return isset;
  }

  #tryBind(): StoreView | undefined {
    try {
      return this.bind();
    } catch (error) {
      if (error instanceof NotInitializedError) return undefined;
      throw error;
    }
  }

  /** @internal */
  protected override move({ live, values, issets }: NamespaceCache): void {
    // The options of the former store are not those of the next one.
    this.#options = new Map();
    this.#live = live;
    this.#reads = values;
    this.#issets = issets;
  }
}
