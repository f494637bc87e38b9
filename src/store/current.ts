/**
 * This thread's store, which the named exports use: `init()` starts it, or the thread inherited or attached it. Runs in
 * every thread. Must not reach `schema/`, `files/` or ajv.
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

/**
 * The key of the store on the global object. A registered symbol, so that two copies of the library in one program
 * share one store. Threads that start later, and a new realm of this thread, find the store in the environment data.
 */
const SLOT = Symbol.for(`sentry-options/current@${LAYOUT_VERSION}`);
/** Null in a thread that released an inherited store: only `init()` or `attach()` finds that store again. */
const realm = globalThis as { [SLOT]?: OptionsStore | null | undefined };

/**
 * Starts this thread's store and returns it with its first values. Call it once, at the start of the program, in the
 * main thread.
 *
 * Synchronous: blocks until the first values are published, for about as long as a thread takes to start. Called again
 * without arguments, it returns the same store. In a thread that was started after `init()`, it finds that store and
 * starts nothing.
 *
 * @throws {AlreadyInitializedError} if this thread already has a store, and `config` asks for a different one
 * @throws {ConfigError} if a setting is invalid
 * @throws {SchemaError | ValuesError} if files are invalid; lists all issues
 * @throws {SnapshotTooLargeError} if the values are larger than shared memory may hold
 * @throws {StartTimeoutError | WatcherError} if the watcher thread does not start
 * @example
 * const store = init();
 * const maxRetries = options('seer').get('max-retries');
 */
export function init(config?: OptionsConfig): OptionsStore {
  const existing = find();
  if (existing === undefined) {
    // A store that this thread released.
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
 * Makes the store behind another thread's `handle` this thread's store. Call it only in threads that were started
 * before `init()`; later threads find the store themselves. Attaching the store that this thread already has does
 * nothing.
 *
 * @throws {AlreadyInitializedError} if this thread already has a different store
 * @throws {ConfigError} if `handle` is not a handle
 * @throws {HandleVersionError} if another version of the library made the handle
 * @example
 * parentPort.once('message', (handle) => attach(handle));
 */
export function attach(handle: StoreHandle): OptionsStore {
  const checked = checkHandle(handle);
  const existing = find();
  if (existing !== undefined) {
    if (existing.handle.id === checked.id) return existing;
    throw new AlreadyInitializedError(
      `This thread already has a store for ${existing.handle.directory}. Use openOptions({ handle }) to open ` +
        `the store of ${checked.directory}, too.`,
      { file: existing.handle.directory },
    );
  }
  const store: OptionsStore = new OptionsStore(new StoreView(checked), undefined, () => forget(store));
  install(store);
  return store;
}

/**
 * Returns the live options of `namespace` in this thread's store. Reading an unknown namespace throws.
 *
 * @throws {NotInitializedError} if this thread has no store
 * @example
 * const seer = options('seer');
 * seer.get('max-retries');
 */
export function options<N extends NamespaceName>(namespace: N): NamespaceOptions<OptionsOf<N>> {
  return getCurrentStore().namespace(namespace);
}

/**
 * Returns the flags of `namespace` in this thread's store. Never throws: without a store, or if no schema declares the
 * namespace, all flags are off. A checker made before `init()` works after it. After `close()`, it continues with the
 * last values until this thread has a new store.
 *
 * @example
 * const context = new FeatureContext({ organization_id: 42 }, { identityFields: ['organization_id'] });
 * features('seer').has('new-checkout', context);
 */
export function features<N extends NamespaceName>(namespace: N): FeatureChecker<OptionsOf<N>> {
  // A new checker each time: a cached one would keep a closed store alive.
  return new FeatureChecker(new CurrentFlags(namespace, find));
}

/**
 * Calls {@link OptionsStore.refresh} of this thread's store.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export async function refresh(): Promise<boolean> {
  return getCurrentStore().refresh();
}

/**
 * Calls {@link OptionsStore.refreshSync} of this thread's store.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export function refreshSync(): boolean {
  return getCurrentStore().refreshSync();
}

/**
 * Calls {@link OptionsStore.snapshot} of this thread's store.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export function snapshot(): Snapshot {
  return getCurrentStore().snapshot();
}

/**
 * Calls {@link OptionsStore.status} of this thread's store.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export function status(): Status {
  return getCurrentStore().status();
}

/**
 * Calls {@link OptionsStore.onReload} of this thread's store.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export function onReload(listener: ReloadListener): Disposable {
  return getCurrentStore().onReload(listener);
}

/**
 * Calls {@link OptionsStore.close} of this thread's store; does nothing if this thread has no store. Afterwards,
 * `init()` may run again.
 */
export async function close(): Promise<void> {
  await find()?.close();
}

/**
 * Returns this thread's store. For the other entry points of the library; a service calls `init()`.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export function getCurrentStore(): OptionsStore {
  const store = find();
  if (store !== undefined) return store;
  throw new NotInitializedError(
    'This thread has no store. Call init() at the start of the program, before it starts threads. In a thread that ' +
      'was started earlier, call attach(handle) with the store.handle of the thread that called init().',
  );
}

/** Finds this thread's store, on the first call, not at import: a program may import the library before `init()`. */
function find(): OptionsStore | undefined {
  const store = realm[SLOT];
  if (store !== undefined) return store ?? undefined;
  const handle = getInheritedHandle();
  return handle === undefined ? undefined : inherit(handle);
}

/** Makes an inherited store this thread's. Closing it keeps the inherited handle, which belongs to the owner. */
function inherit(handle: StoreHandle): OptionsStore {
  const store: OptionsStore = new OptionsStore(new StoreView(handle), undefined, () => {
    if (realm[SLOT] === store) realm[SLOT] = null;
  });
  realm[SLOT] = store;
  return store;
}

/**
 * Makes `store` the store of this thread, and of the threads that it starts from now on.
 *
 * @throws {AlreadyInitializedError} if this thread already has a store
 */
export function install(store: OptionsStore): void {
  const existing = find();
  if (existing !== undefined) throw makeAlreadyInitialized(existing);
  realm[SLOT] = store;
  setInheritedHandle(store.handle);
}

/** Removes `store` from this thread, and from the threads that it starts from now on, if it is this thread's store. */
export function forget(store: OptionsStore): void {
  if (realm[SLOT] !== store) return;
  realm[SLOT] = undefined;
  setInheritedHandle(undefined);
}

/** Whether `config` asks for the store behind `handle`: any configuration with the same directory does. */
function matchesConfig(handle: StoreHandle, config: OptionsConfig | undefined): boolean {
  return config === undefined || resolveConfig(config).directory === handle.directory;
}

function makeAlreadyInitialized({ handle }: OptionsStore): AlreadyInitializedError {
  return new AlreadyInitializedError(
    `This thread already has a store for ${handle.directory}. Call init() without arguments to get it, close() to ` +
      'close it, or openOptions() to open a second store.',
    { file: handle.directory },
  );
}
