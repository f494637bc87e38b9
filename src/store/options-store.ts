/** `OptionsStore`: a store as its users hold it. Runs in readers. Must not reach `schema/`, `files/` or ajv. */
import { runWithoutContext } from '../common/async-context.js';
import { ASYNC_DISPOSE } from '../common/disposable.js';
import { ConfigError } from '../common/errors.js';
import type { NamespaceName, OptionsOf } from '../common/option-types.js';
import { readSettings } from '../common/settings.js';
import { describeKind } from '../common/value.js';
import { ChangeListeners } from '../events/change-listeners.js';
import { DiagnosticsChannels } from '../events/diagnostics-channels.js';
import type { ReloadEvent } from '../events/reload-event.js';
import { ReloadEvents, type ReloadListener } from '../events/reload-events.js';
import { checkHandle, type StoreHandle } from '../memory/handle.js';
import { FeatureChecker } from '../reading/feature-checker.js';
import { LiveFlags } from '../reading/flags.js';
import { NamespaceOptions } from '../reading/namespace.js';
import { Snapshot } from '../reading/snapshot.js';
import { findStaleFlags, type StaleFlag, type StaleFlagsOptions } from '../reading/stale-flags.js';
import { readUsage } from '../reading/usage.js';
import type { Status } from '../status/status.js';
import type { Usage } from '../status/usage.js';
import { type RefreshOptions, refresh, refreshSync } from '../view/refresh.js';
import { StoreView } from '../view/view.js';
import type { WatcherThread } from '../watcher/watcher-thread.js';

/**
 * A store: all namespaces of one directory. `init`, `attach` and `openOptions` return it. Use it in the thread that
 * called them; other threads attach its {@link OptionsStore.handle}.
 */
export class OptionsStore {
  readonly #view: StoreView;
  readonly #events: ReloadEvents;
  readonly #listeners: ChangeListeners;
  readonly #thread: WatcherThread | undefined;
  readonly #namespaces = new Map<string, NamespaceOptions>();
  readonly #flags = new Map<string, LiveFlags>();
  readonly #onClose: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  /** @internal `thread`: the watcher, if this thread started it. */
  constructor(view: StoreView, thread?: WatcherThread, onClose?: () => void) {
    this.#view = view;
    this.#events = new ReloadEvents(view, thread && new DiagnosticsChannels(view));
    this.#listeners = new ChangeListeners(this.#events);
    this.#thread = thread;
    this.#onClose = onClose;
  }

  /** @internal Whether this copy of the library made `value`. Not instanceof: a prototype alone has no view. */
  static made(value: object): boolean {
    return #view in value;
  }

  /** Returns the names of all namespaces, sorted. */
  namespaces(): string[] {
    return this.#view.names.read((catalog) => catalog.names());
  }

  /** Returns a namespace's live options, always of this store, the same object each time. Reading an unknown one throws. */
  namespace<N extends NamespaceName>(namespace: N): NamespaceOptions<OptionsOf<N>> {
    let options = this.#namespaces.get(namespace);
    if (options === undefined) {
      options = new NamespaceOptions(this.#view, namespace, this.#listeners);
      // Only declared names are remembered: others may come from outside, in unlimited numbers.
      if (this.#view.declares(namespace)) this.#namespaces.set(namespace, options);
    }
    // The only place that casts to the declared types: the watcher validates the values against the schema.
    return options as unknown as NamespaceOptions<OptionsOf<N>>;
  }

  /** Returns a namespace's flags. All are off if the namespace is unknown. */
  features<N extends NamespaceName>(namespace: N): FeatureChecker<OptionsOf<N>> {
    return new FeatureChecker(this.flags(namespace));
  }

  /**
   * Lists the flags that were created more than `days` ago and give every context the same answer (`enabled: false`
   * included): code can stop asking for them. In the order of the schemas. Omits flags that are not set, and flags
   * whose `created_at` is not a date.
   *
   * @throws {ConfigError} if `days` is not a number, or less than 0
   * @example for (const { flag, state, owner } of store.staleFlags({ days: 90 })) console.log(flag, state, owner.team);
   */
  staleFlags(options: StaleFlagsOptions): StaleFlag[] {
    return findStaleFlags(this.#view, options);
  }

  /**
   * Reports what all threads together have read since the start: when each option was first read, and how often each flag
   * was evaluated. Other processes may use what this one does not: `sentry-options usage` asks them all. Reads by
   * {@link Snapshot.toJSON}, events, the inspect server and telemetry do not count. Takes time for each option and flag: for
   * reports and metrics.
   *
   * @throws {SnapshotUnreadableError} if this thread cannot read the schemas' names or defaults, or has no values yet
   * @example const unused = store.usage().options.filter(({ firstReadAt }) => firstReadAt === null);
   */
  usage(): Usage {
    return readUsage(this.#view, this.#view.handle.usage);
  }

  /** Pins the newest generation of all namespaces, as long as the snapshot is kept. */
  snapshot(): Snapshot {
    return new Snapshot(this.#view, {
      namespace: (namespace) => this.namespace(namespace) as unknown as NamespaceOptions,
      flags: (namespace) => this.flags(namespace),
    });
  }

  /** @internal Passes a snapshot to `use`, which must not keep it. Leaves no work to the garbage collector. */
  useSnapshot<R>(use: (snapshot: Snapshot) => R): R {
    const snapshot = this.snapshot();
    try {
      return use(snapshot);
    } finally {
      snapshot.release();
    }
  }

  /** The generation that the next read in this thread uses. */
  get generation(): number {
    this.#view.adopt();
    return this.#view.generation;
  }

  /** The argument of another thread's `attach()`. Pass it on, unchanged, by `postMessage` or `workerData`. */
  get handle(): StoreHandle {
    return this.#view.handle;
  }

  /**
   * Returns the status, even after the watcher crashes or the store is closed. It is the same in every thread, except in
   * one that cannot read the shared memory.
   */
  status(): Status {
    return this.#view.status();
  }

  /**
   * Requests a poll that begins now, and waits for its end. Keeps the process alive while it is pending.
   *
   * @returns whether this thread now reads a newer generation than when it called
   * @throws {ValuesError | SnapshotTooLargeError} if the files on disk are invalid; the last values stay in use
   * @throws {SuspiciousReloadError} if new values are held back because they are suspicious
   * @throws {ConfigError} if an option is unknown or invalid
   * @throws {WatcherError} if the watcher has crashed, is closed, or does not answer within 30 s
   * @throws {SnapshotUnreadableError} if this thread has no values yet, and cannot read the published ones
   */
  refresh(options?: RefreshOptions): Promise<boolean> {
    return refresh(this.#view, options);
  }

  /** Does the same as {@link refresh}, but blocks the thread. For tests and scripts. */
  refreshSync(options?: RefreshOptions): boolean {
    return refreshSync(this.#view, options);
  }

  /**
   * Calls `listener` after each reload, in this thread, on a later turn of its event loop, never inside a read.
   * Generations that this thread missed are one event. Never keeps the process alive. The listener runs in the
   * asynchronous context (`AsyncLocalStorage`) of this call, and keeps that context in memory until it is removed.
   *
   * @returns a Disposable that removes the listener
   * @throws {ConfigError} if `listener` is not a function
   * @example using subscription = store.onReload(({ changes }) => console.log(changes));
   */
  onReload(listener: ReloadListener): Disposable {
    return this.#events.onReload(listener);
  }

  /**
   * Iterates over the events of {@link onReload}. Merges events while nothing waits for them. Ends normally when the
   * store is closed, the watcher crashes, or `signal` aborts. Keeps the process alive while something waits. `return()`
   * and `throw()` of the iterator end it at once, even while a `next()` is pending.
   *
   * @throws {ConfigError} if `signal` is not an AbortSignal
   * @example for await (const { generation } of store.changes()) console.log(generation);
   */
  changes(options: { signal?: AbortSignal | undefined } = {}): AsyncIterableIterator<ReloadEvent> {
    const { signal } = readSettings<typeof options>('The options of changes()', options, ['signal']);
    return this.#events.changes(signal);
  }

  /**
   * Stops the watcher if this thread started it; otherwise only releases the store. Reads continue with the last
   * values. Idempotent. Resolves within 100 ms, or 600 ms if the store sends telemetry, even if the watcher hangs; later
   * if several stores close at once.
   */
  async close(): Promise<void> {
    // Whoever keeps the closed store keeps the promise, and up to Node 22, a promise keeps its context.
    this.#closed ??= runWithoutContext(() => this.#close());
    await this.#closed;
  }

  async #close(): Promise<void> {
    try {
      this.#onClose?.();
      this.#events.close();
    } finally {
      await this.#thread?.stop();
    }
  }

  /** Calls {@link close}, for `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.close();
  }

  /** @internal Returns the flags of a namespace, the same object each time if a schema declares it. */
  flags(namespace: string): LiveFlags {
    let flags = this.#flags.get(namespace);
    if (flags === undefined) {
      flags = new LiveFlags(this.#view, namespace);
      if (this.#view.declares(namespace)) this.#flags.set(namespace, flags);
    }
    return flags;
  }

  /** @internal This thread's view of the memory. */
  get view(): StoreView {
    return this.#view;
  }

  /** @internal This thread's events of the store. */
  get events(): ReloadEvents {
    return this.#events;
  }

  /** @internal The watcher; undefined if this thread did not start it. */
  get thread(): WatcherThread | undefined {
    return this.#thread;
  }
}

/**
 * Checks that a caller's `store` is one, and returns it; or, if another copy of the library made it, this copy's own.
 *
 * @throws {ConfigError} if it is not
 */
export function requireStore(store: unknown): OptionsStore {
  try {
    if (OptionsStore.made(store as object)) return store as OptionsStore;
    // Of another copy of the library, whose internals may differ: this copy opens it with its own code.
    return new OptionsStore(new StoreView(checkHandle((store as OptionsStore).handle)));
  } catch {
    // Neither a store nor anything similar.
  }
  throw new ConfigError(`store must be a store, as init() or openOptions() returns it; got ${describeKind(store)}.`, {
    key: 'store',
  });
}
