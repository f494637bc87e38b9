/** `Options`: a store as its users hold it. */
import { ASYNC_DISPOSE } from '../common/disposable.js';
import { ConfigError } from '../common/errors.js';
import { type OptionsConfig, resolveConfig } from '../config/config.js';
import { checkHandle, type StoreHandle } from '../memory/handle.js';
import type { Status } from '../status/status.js';
import { WatcherThread } from '../watcher/watcher-thread.js';
import { DiagnosticsChannels } from './diagnostics-channels.js';
import { FeatureChecker } from './feature-checker.js';
import { LiveFlags } from './flags.js';
import { type NamespaceOptions, openNamespace } from './namespace.js';
import type { NamespaceName, OptionsOf } from './option-types.js';
import { refresh, refreshSync } from './refresh.js';
import { type ReloadEvent, ReloadEvents, type ReloadListener } from './reload-events.js';
import { Snapshot } from './snapshot.js';
import { findStaleFlags, type StaleFlag, type StaleFlagsOptions } from './stale-flags.js';
import { StoreView } from './view.js';

/** A store: all namespaces of one directory, read in one thread. To be used in the thread that it was made in. */
export class OptionsStore {
  readonly #view: StoreView;
  readonly #events: ReloadEvents;
  readonly #thread: WatcherThread | undefined;
  readonly #namespaces = new Map<string, NamespaceOptions>();
  readonly #flags = new Map<string, LiveFlags>();
  readonly #onClose: (() => void) | undefined;
  #closed: Promise<void> | undefined;

  /** @internal `thread`: the watcher, where this thread started it. */
  constructor(view: StoreView, thread?: WatcherThread, onClose?: () => void) {
    this.#view = view;
    this.#events = new ReloadEvents(view, thread && new DiagnosticsChannels(view));
    this.#thread = thread;
    this.#onClose = onClose;
  }

  /** The names of all namespaces, sorted. */
  namespaces(): string[] {
    return this.#view.catalog.map(({ name }) => name);
  }

  /** The live options of a namespace: the same object each time. An unknown one throws when it is read. */
  namespace<N extends NamespaceName>(namespace: N): NamespaceOptions<OptionsOf<N>> {
    let options = this.#namespaces.get(namespace);
    if (options === undefined) {
      options = openNamespace(this.#view, namespace);
      this.#namespaces.set(namespace, options);
    }
    // The compiler is told the types here, once: at run time the schema has made sure of them.
    return options as unknown as NamespaceOptions<OptionsOf<N>>;
  }

  /** The flags of a namespace. Of an unknown one all are off. */
  features<N extends NamespaceName>(namespace: N): FeatureChecker<OptionsOf<N>> {
    return new FeatureChecker(this.flags(namespace));
  }

  /**
   * The flags that say the same to every context and were created more than `days` ago: on for everyone, or off
   * everywhere, `enabled: false` among them. Code that asks for them can go. In the order of the schemas; not among them
   * are flags that are not set, and those whose `created_at` is no date.
   *
   * @throws {ConfigError} where `days` is no number, or less than 0
   * @example for (const { flag, state, owner } of store.staleFlags({ days: 90 })) console.log(flag, state, owner.team);
   */
  staleFlags(options: StaleFlagsOptions): StaleFlag[] {
    return findStaleFlags(this.#view, options);
  }

  /** All namespaces as they are now, for as long as the snapshot is held. */
  snapshot(): Snapshot {
    return new Snapshot(this.#view, {
      namespace: (namespace) => this.namespace(namespace) as unknown as NamespaceOptions,
      flags: (namespace) => this.flags(namespace),
    });
  }

  /** The generation that the next read in this thread uses. */
  get generation(): number {
    return this.#view.adopt().generation;
  }

  /** What another thread's `attach()` needs: pass it on by `postMessage` or `workerData`, as it is. */
  get handle(): StoreHandle {
    return this.#view.handle;
  }

  /** What is live here, since when, and why. The same in every thread, also after the watcher has died. */
  status(): Status {
    return this.#view.status();
  }

  /**
   * Asks for a poll that begins now. The promise keeps the process alive as long as it is pending.
   *
   * @returns whether the published generation is now higher than the one that this thread read from
   * @throws {ValuesError | SnapshotTooLargeError} as long as the files on disk cannot be used; the last values stay
   * @throws {WatcherError} where the watcher is dead, closed, or does not answer for 30 s
   */
  refresh(): Promise<boolean> {
    return refresh(this.#view);
  }

  /** {@link refresh}, but blocks the thread. For tests and scripts. */
  refreshSync(): boolean {
    return refreshSync(this.#view);
  }

  /**
   * Calls `listener` after each reload, in this thread and on a later turn, never inside a read; generations that were
   * missed meanwhile are merged into one event. Keeps no process alive.
   *
   * @returns what ends it, once it is disposed of
   * @example using subscription = store.onReload(({ changes }) => console.log(changes));
   */
  onReload(listener: ReloadListener): Disposable {
    return this.#events.onReload(listener);
  }

  /**
   * The same as {@link onReload} as events to wait for, merged while nobody waits. Ends normally when the store is
   * closed, the watcher has crashed, or `signal` aborts. Keeps the process alive while it is waited for.
   *
   * @example for await (const { generation } of store.changes()) console.log(generation);
   */
  changes({ signal }: { signal?: AbortSignal | undefined } = {}): AsyncIterable<ReloadEvent> {
    return this.#events.changes(signal);
  }

  /**
   * Stops the watcher if this thread started it; otherwise only releases the store. Reads continue with the last values.
   * Idempotent. Resolves within 100 ms, or 600 ms if the store sends telemetry, even if the watcher hangs.
   */
  async close(): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #close(): Promise<void> {
    this.#onClose?.();
    this.#events.close();
    await this.#thread?.stop();
  }

  /** {@link close}, for `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    await this.close();
  }

  /** @internal The flags of a namespace: the same object each time. */
  flags(namespace: string): LiveFlags {
    let flags = this.#flags.get(namespace);
    if (flags === undefined) {
      flags = new LiveFlags(this.#view, namespace);
      this.#flags.set(namespace, flags);
    }
    return flags;
  }

  /** @internal This thread's view of the memory. */
  get view(): StoreView {
    return this.#view;
  }

  /** @internal The watcher, where this thread started it. */
  get thread(): WatcherThread | undefined {
    return this.#thread;
  }
}

/** What {@link openOptions} takes: a configuration, or nothing but the handle of a store that another thread has. */
export type OpenConfig =
  | OptionsConfig
  | {
      /** `Options.handle` of a store of another thread. */
      handle: StoreHandle;
    };

/**
 * Opens a store of its own beside this thread's: with a watcher of its own, or, by `handle`, that of another thread.
 *
 * @throws what `init()` throws, but for AlreadyInitializedError
 * @throws {HandleVersionError} where another version of the library made the handle
 */
export function openOptions(config: OpenConfig = {}): OptionsStore {
  if (typeof config === 'object' && config !== null && 'handle' in config && config.handle !== undefined) {
    const others = Object.keys(config).filter((key) => key !== 'handle');
    if (others.length > 0) {
      throw new ConfigError(
        `A store that is opened by its handle takes no other setting: leave out ${others.join(', ')}.`,
      );
    }
    return new OptionsStore(new StoreView(checkHandle(config.handle)));
  }
  return startStore(config as OptionsConfig);
}

/** Starts a watcher and opens its store. `onClose` runs at the first close, before anything else. */
export function startStore(config: OptionsConfig | undefined, onClose?: () => void): OptionsStore {
  const thread = WatcherThread.start(resolveConfig(config));
  return new OptionsStore(new StoreView(thread.handle, thread.log, () => thread.detectExit()), thread, onClose);
}
