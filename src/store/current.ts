/**
 * This thread's store: the one that `init()` starts, or that the thread inherited or attached, behind the named exports.
 *
 * It is kept on the global object under a registered symbol, so that two copies of the library in one program share one
 * store, and is found in environment data by threads that are started later and by a new realm of the same thread.
 */
import { AlreadyInitializedError, NotInitializedError } from '../common/errors.js';
import { type OptionsConfig, resolveConfig } from '../config/config.js';
import { LAYOUT_VERSION } from '../memory/cell/layout.js';
import { checkHandle, getInheritedHandle, type StoreHandle, setInheritedHandle } from '../memory/handle.js';
import type { Status } from '../status/status.js';
import { FeatureChecker } from './feature-checker.js';
import { CurrentFlags } from './flags.js';
import type { NamespaceOptions } from './namespace.js';
import type { NamespaceName, OptionsOf } from './option-types.js';
import { OptionsStore, startStore } from './options-store.js';
import type { ReloadListener } from './reload-events.js';
import type { Snapshot } from './snapshot.js';
import { StoreView } from './view.js';

const SLOT = Symbol.for(`sentry-options/current@${LAYOUT_VERSION}`);
/** Null in a thread that has let go of an inherited store: only `init()` or `attach()` finds it again. */
const realm = globalThis as { [SLOT]?: OptionsStore | null | undefined };

/**
 * Starts this thread's store and returns it with its first values. Synchronous: it blocks until they are published,
 * for about as long as a thread takes to start. Called again without arguments, it returns the same store. In a thread
 * that was started after `init()`, it finds that store and starts nothing.
 *
 * @throws {AlreadyInitializedError} where this thread has a store already, and `config` asks for another one
 * @throws {ConfigError} where `config` cannot be used
 * @throws {SchemaError | ValuesError | SnapshotTooLargeError} where the files cannot be used: all faults at once
 * @throws {StartTimeoutError | WatcherError} where the watcher thread does not start
 */
export function init(config?: OptionsConfig): OptionsStore {
  const existing = find();
  if (existing === undefined) {
    // A store that this thread has let go of.
    const handle = getInheritedHandle();
    if (handle !== undefined && matchesConfig(handle, config)) return inherit(handle);
    const store = startStore(config, () => forget(store));
    install(store);
    return store;
  }
  if (config === undefined) return existing;
  if (existing.thread === undefined && matchesConfig(existing.handle, config)) return existing;
  throw makeAlreadyInitialized(existing);
}

/**
 * Makes the store behind another thread's `handle` this thread's. Harmless for the store that it has already. Needed
 * only in threads that were started before `init()`; later ones find the store by themselves.
 *
 * @throws {AlreadyInitializedError} where this thread has another store already
 * @throws {HandleVersionError} where another version of the library made the handle
 */
export function attach(handle: StoreHandle): OptionsStore {
  const checked = checkHandle(handle);
  const existing = find();
  if (existing !== undefined) {
    if (existing.handle.id === checked.id) return existing;
    throw new AlreadyInitializedError(
      `This thread has another store already, of ${existing.handle.directory}. Use openOptions({ handle }) to open ` +
        `that of ${checked.directory} beside it.`,
      { file: existing.handle.directory },
    );
  }
  const store: OptionsStore = new OptionsStore(new StoreView(checked), undefined, () => forget(store));
  install(store);
  return store;
}

/**
 * The live options of `namespace` in this thread's store. An unknown namespace throws when it is read.
 *
 * @throws {NotInitializedError} where this thread has no store
 */
export function options<N extends NamespaceName>(namespace: N): NamespaceOptions<OptionsOf<N>> {
  return getCurrentStore().namespace(namespace);
}

/**
 * The flags of `namespace` in this thread's store. Never throws: without a store, or where nothing declares the
 * namespace, all flags are off. One that is made before `init()` works after it; after a `close()` it goes on with the
 * last values, until there is another store.
 */
export function features<N extends NamespaceName>(namespace: N): FeatureChecker<OptionsOf<N>> {
  // A new one each time: one that were kept here would keep a closed store alive.
  return new FeatureChecker(new CurrentFlags(namespace, find));
}

/** {@link OptionsStore.refresh} of this thread's store. @throws {NotInitializedError} where there is none */
export async function refresh(): Promise<boolean> {
  return getCurrentStore().refresh();
}

/** {@link OptionsStore.refreshSync} of this thread's store. @throws {NotInitializedError} where there is none */
export function refreshSync(): boolean {
  return getCurrentStore().refreshSync();
}

/** {@link OptionsStore.snapshot} of this thread's store. @throws {NotInitializedError} where there is none */
export function snapshot(): Snapshot {
  return getCurrentStore().snapshot();
}

/** {@link OptionsStore.status} of this thread's store. @throws {NotInitializedError} where there is none */
export function status(): Status {
  return getCurrentStore().status();
}

/** {@link OptionsStore.onReload} of this thread's store. @throws {NotInitializedError} where there is none */
export function onReload(listener: ReloadListener): Disposable {
  return getCurrentStore().onReload(listener);
}

/** {@link OptionsStore.close} of this thread's store; without one there is nothing to do. Afterwards `init()` may run again. */
export async function close(): Promise<void> {
  await find()?.close();
}

/**
 * This thread's store. For the other rooms of the library; a service calls `init()`.
 *
 * @throws {NotInitializedError} where there is none
 */
export function getCurrentStore(): OptionsStore {
  const store = find();
  if (store !== undefined) return store;
  throw new NotInitializedError(
    'This thread has no options yet: call init() at the start of the program, before threads are started; in a thread ' +
      'that was started before, pass store.handle to it and call attach(handle).',
  );
}

/** At the first call in a thread, not at import: what a program imports may come before what it initializes. */
function find(): OptionsStore | undefined {
  const store = realm[SLOT];
  if (store !== undefined) return store ?? undefined;
  const handle = getInheritedHandle();
  return handle === undefined ? undefined : inherit(handle);
}

/** Makes an inherited store this thread's. Closing it leaves the inheritance where it is: it belongs to the owner. */
function inherit(handle: StoreHandle): OptionsStore {
  const store: OptionsStore = new OptionsStore(new StoreView(handle), undefined, () => {
    if (realm[SLOT] === store) realm[SLOT] = null;
  });
  realm[SLOT] = store;
  return store;
}

/**
 * Makes `options` the store of this thread, and of those that it starts from now on.
 *
 * @throws {AlreadyInitializedError} where this thread has one
 */
export function install(store: OptionsStore): void {
  const existing = find();
  if (existing !== undefined) throw makeAlreadyInitialized(existing);
  realm[SLOT] = store;
  setInheritedHandle(store.handle);
}

/** This thread, and those that it starts from now on, have no store any more, if `options` was theirs. */
export function forget(store: OptionsStore): void {
  if (realm[SLOT] !== store) return;
  realm[SLOT] = undefined;
  setInheritedHandle(undefined);
}

/** Whether `config` asks for the store behind `handle`: any configuration for the same directory does. */
function matchesConfig(handle: StoreHandle, config: OptionsConfig | undefined): boolean {
  return config === undefined || resolveConfig(config).directory === handle.directory;
}

function makeAlreadyInitialized({ handle }: OptionsStore): AlreadyInitializedError {
  return new AlreadyInitializedError(
    `This thread has a store already, of ${handle.directory}. Call init() without arguments to get it, close() to end ` +
      'it, or openOptions() for another one beside it.',
    { file: handle.directory },
  );
}
