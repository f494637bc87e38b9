/** The named exports: what a service calls on this thread's store. Runs in every thread. */
import { AlreadyInitializedError } from '../common/errors.js';
import type { NamespaceName, OptionsOf } from '../common/option-types.js';
import { type OptionsConfig, resolveConfig } from '../config/config.js';
import type { ReloadListener } from '../events/reload-events.js';
import { checkHandle, type StoreHandle } from '../memory/handle.js';
import { FeatureChecker } from '../reading/feature-checker.js';
import { LiveFlags } from '../reading/flags.js';
import { NamespaceOptions } from '../reading/namespace.js';
import type { Snapshot } from '../reading/snapshot.js';
import type { Status } from '../status/status.js';
import type { RefreshOptions } from '../view/refresh.js';
import { StoreView } from '../view/view.js';
import { startStore } from './open-options.js';
import { OptionsStore } from './options-store.js';
import {
  CURRENT,
  find,
  findReleased,
  forget,
  getCurrentStatus,
  getCurrentStore,
  install,
  LISTENERS,
  makeAlreadyInitialized,
  SUCCESSOR_WAIT_MS,
  tryFind,
} from './thread-store.js';

/**
 * Starts this thread's store and returns it with its first values. Call it once, at the start of the program, in the
 * main thread.
 *
 * Synchronous: blocks until the first values are published, for about as long as a thread takes to start. Called again
 * without arguments, it returns the same store. In a thread that was started after `init()`, it finds that store and
 * starts nothing, unless the thread has closed that store and it has ended.
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
  const existing = find(SUCCESSOR_WAIT_MS);
  if (existing === undefined) {
    const released = findReleased((handle) => matchesConfig(handle, config));
    if (released !== undefined) return released;
    return startStore(config, { onStart: install, onClose: forget });
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
 * Returns the live options of `namespace` in this thread's store, whichever that is at each read: code may call it
 * before `init()`, and keep what it returns, and the options from it, across `close()` and another `init()`. After
 * `close()`, they continue with the last values until this thread has a new store.
 *
 * Never throws. Reading throws an error if there is no store yet, or if no schema declares the namespace.
 *
 * @example
 * const seer = options('seer');
 * seer.get('max-retries');
 */
export function options<N extends NamespaceName>(namespace: N): NamespaceOptions<OptionsOf<N>> {
  const current = tryFind();
  const known = current?.namespaces.get(namespace);
  const found = known ?? new NamespaceOptions(CURRENT, namespace, LISTENERS);
  // At once: after close(), it continues with this store, even if nothing was read until then.
  if (known === undefined && current !== undefined) remember(current.namespaces, found, namespace);
  // The watcher validates the values against the schema, so the declared types are theirs.
  return found as unknown as NamespaceOptions<OptionsOf<N>>;
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
  const current = tryFind();
  const known = current?.flags.get(namespace);
  const found = known ?? new LiveFlags(CURRENT, namespace);
  if (known === undefined && current !== undefined) remember(current.flags, found, namespace);
  return new FeatureChecker(found);
}

/**
 * Calls {@link OptionsStore.refresh} of this thread's store.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export async function refresh(options?: RefreshOptions): Promise<boolean> {
  return getCurrentStore().refresh(options);
}

/**
 * Calls {@link OptionsStore.refreshSync} of this thread's store.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export function refreshSync(options?: RefreshOptions): boolean {
  return getCurrentStore().refreshSync(options);
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
 * Calls {@link OptionsStore.status} of this thread's store. After {@link close}, returns the last status, as `closed`, until
 * this thread has a new store.
 *
 * @throws {NotInitializedError} if this thread has no store, and had none
 */
export function status(): Status {
  return getCurrentStatus();
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
 * Calls {@link OptionsStore.close} of this thread's store; does nothing if this thread has no store. Call it after the
 * last request: `snapshot()` and reads of what `options()` then returns throw, flags of what `features()` then returns are
 * off, and `status()` says `closed`. Afterwards, `init()` may run again.
 */
export async function close(): Promise<void> {
  await find()?.close();
}

/** Binds a live object to its store, and keeps it if its name is declared. */
function remember<T extends { bind(): StoreView | undefined }>(
  known: Map<string, T>,
  found: T,
  namespace: string,
): void {
  if (found.bind()?.declares(namespace)) known.set(namespace, found);
}

/** Whether `config` asks for the store behind `handle`: any configuration with the same directory does. */
function matchesConfig(handle: StoreHandle, config: OptionsConfig | undefined): boolean {
  return config === undefined || resolveConfig(config).directory === handle.directory;
}
