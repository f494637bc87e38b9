/** `Option`: one live option. Runs in readers. */
import type { ChangeListener } from '../events/change-listeners.js';
import type { Change } from '../events/reload-event.js';
import { requireListener } from '../events/reload-events.js';
import { isPatternFlag } from '../names/option-id.js';
import { NO_STORE, NOTHING } from '../view/live.js';
import type { CachedOption } from '../view/namespace-cache.js';
import type { StoreView } from '../view/view.js';
import { keepApart } from './slow-path.js';
import { makeUnsetFlagError } from './unknown-names.js';

/** The options of the namespace: `NamespaceOptions`. */
export interface OptionOwner {
  readonly namespace: string;
  bind(): StoreView;
  find(key: string): CachedOption;
  isset(key: string): boolean;
  listen(keys: readonly string[], listener: (changes: readonly Change[]) => unknown): Disposable;
}

/** Stands in for an option's place in the cache, until it is found. */
const NO_OPTION: CachedOption = { key: '', id: -1, value: undefined };

/**
 * One option of one namespace: the same object as long as the store lives. Keep it in code that reads the option often.
 * Use it in the thread that made it.
 *
 * @typeParam T the type of its value
 * @typeParam L the type of the value for a listener: with undefined if the option may be a feature flag
 *
 * @example
 * const maxRetries = options('seer').option('max-retries');
 * maxRetries.value;
 */
export class Option<T = unknown, L = T | undefined> {
  static readonly #readApart = keepApart((option: Option) => option.#read());

  /** The namespace that declares the option. */
  readonly namespace: string;
  /** The option's name. */
  readonly key: string;
  readonly #options: OptionOwner;
  /** Undefined as long as there is no value. */
  #value: T | undefined;
  /** The publication that `#value` is of. */
  #adopted = NOTHING;
  #live = NO_STORE;
  #cached = NO_OPTION;
  #view: StoreView | undefined;

  /** @internal */
  constructor(options: OptionOwner, key: string) {
    this.#options = options;
    this.namespace = options.namespace;
    this.key = key;
  }

  /**
   * The live value, or else the schema's default. Objects and arrays are deeply frozen, and stay the same objects until
   * the value changes. Never touches the disk, never waits.
   *
   * @throws {UnknownOptionError} if the option is a feature flag that is not set, or the schema does not declare it
   * @throws {UnknownNamespaceError} if no schema declares the namespace
   * @throws {NotInitializedError} if this thread has no store
   * @throws {SnapshotUnreadableError} if this thread has no values yet, and cannot read the published ones
   */
  get value(): T {
    // A plain read of shared memory: Live.word explains why it may be one. The value first, and in the option itself: in
    // the other order, or through the cache of the namespace, it takes longer on Node 26.
    const value = this.#value;
    if (value !== undefined && this.#adopted === this.#live.word[0]) return value;
    return Option.#readApart(this) as T;
  }

  /** Whether the values file sets the option. Throws as {@link value} does, but not for a flag that is not set. */
  get isset(): boolean {
    return this.#options.isset(this.key);
  }

  /**
   * Calls `listener` with the new and the previous value after each reload that changes the value, in this thread, on a
   * later turn of its event loop, never inside a read. Generations that this thread missed are one call, and none if the
   * value is the same again. Never keeps the process alive. The listener runs in the asynchronous context
   * (`AsyncLocalStorage`) of this call, and keeps that context in memory until it is removed.
   *
   * It gets live values, also while a test overrides the option: an override calls no listener. A listener of what
   * `options()` returns moves on to the thread's next store, and is called if the value differs; one of a
   * store's `namespace()` ends with that store.
   *
   * @returns a Disposable that removes the listener
   * @throws as {@link isset} does, and {ConfigError} if `listener` is not a function
   * @example options('seer').option('pool-size').onChange((size) => pool.resize(size));
   */
  onChange(listener: ChangeListener<L>): Disposable {
    requireListener(listener);
    return this.#options.listen([this.key], ([change]) => {
      const { newValue, oldValue } = change as Change<string, L>;
      return listener(newValue, oldValue);
    });
  }

  /** Called once per publication, and for an unset flag. By way of {@link keepApart}, so that V8 can inline the getter. */
  #read(): T {
    const view = this.#bind();
    view.usage.markRead(this.#cached.id);
    const override = view.override(this.#cached.id);
    if (override !== undefined) return override as T;
    const value = view.readAdopted(this.#cached);
    if (value === undefined) throw makeUnsetFlagError(this.namespace, this.key);
    // After everything that can fail: a publication is never recorded without its value.
    this.#value = value as T;
    this.#adopted = view.live.adopted;
    return this.#value;
  }

  /** Returns the view to read now, and finds the option in it if it is another view than last time. */
  #bind(): StoreView {
    const view = this.#options.bind();
    // The cache does not keep a flag by pattern: its place has the value of the moment when it was found.
    if (view === this.#view && !isPatternFlag(this.#cached.id)) return view;
    const cached = this.#options.find(this.key);
    this.#adopted = NOTHING;
    this.#cached = cached;
    this.#live = view.live;
    this.#view = view;
    return view;
  }
}
