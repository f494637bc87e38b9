/**
 * This thread's store: the one that `init()` starts, or that the thread inherited or attached, behind the named exports.
 *
 * It is kept on the global object under a registered symbol, so that two copies of the library in one program share one
 * store, and is found in environment data by threads that are started later and by a new realm of the same thread.
 */

import { AlreadyInitializedError, NotInitializedError } from '../common/errors.js';
import { type OptionsConfig, resolveConfig } from '../config/config.js';
import { LAYOUT_VERSION } from '../memory/cell/layout.js';
import { bequeath, checkHandle, inheritedHandle, type StoreHandle } from '../memory/handle.js';
import type { Status } from '../status/status.js';
import { CurrentFlags } from './current-flags.js';
import { FeatureChecker } from './feature-checker.js';
import type { NamespaceOptions } from './namespace.js';
import type { NamespaceName, OptionsOf } from './option-types.js';
import { Options, startOptions } from './options-store.js';
import type { ReloadListener } from './reload-events.js';
import type { Snapshot } from './snapshot.js';
import { Store } from './view.js';

const SLOT = Symbol.for(`sentry-options/current@${LAYOUT_VERSION}`);
/** Null in a thread that has let go of an inherited store: only `init()` or `attach()` finds it again. */
const realm = globalThis as { [SLOT]?: Options | null | undefined };

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
export function init(config?: OptionsConfig): Options {
  const existing = find();
  if (existing === undefined) {
    // A store that this thread has let go of.
    const handle = inheritedHandle();
    if (handle !== undefined && isOf(handle, config)) return inherit(handle);
    const options = startOptions(config, () => forget(options));
    install(options);
    return options;
  }
  if (config === undefined) return existing;
  if (existing.thread === undefined && isOf(existing.handle, config)) return existing;
  throw alreadyInitialized(existing);
}

/**
 * Makes the store behind another thread's `handle` this thread's. Harmless for the store that it has already. Needed
 * only in threads that were started before `init()`; later ones find the store by themselves.
 *
 * @throws {AlreadyInitializedError} where this thread has another store already
 * @throws {HandleVersionError} where another version of the library made the handle
 */
export function attach(handle: StoreHandle): Options {
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
  const options: Options = new Options(new Store(checked), undefined, () => forget(options));
  install(options);
  return options;
}

/**
 * The live options of `namespace` in this thread's store. An unknown namespace throws when it is read.
 *
 * @throws {NotInitializedError} where this thread has no store
 */
export function options<N extends NamespaceName>(namespace: N): NamespaceOptions<OptionsOf<N>> {
  return currentOptions().namespace(namespace);
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

/** {@link Options.refresh} of this thread's store. @throws {NotInitializedError} where there is none */
export async function refresh(): Promise<boolean> {
  return currentOptions().refresh();
}

/** {@link Options.refreshSync} of this thread's store. @throws {NotInitializedError} where there is none */
export function refreshSync(): boolean {
  return currentOptions().refreshSync();
}

/** {@link Options.snapshot} of this thread's store. @throws {NotInitializedError} where there is none */
export function snapshot(): Snapshot {
  return currentOptions().snapshot();
}

/** {@link Options.status} of this thread's store. @throws {NotInitializedError} where there is none */
export function status(): Status {
  return currentOptions().status();
}

/** {@link Options.onReload} of this thread's store. @throws {NotInitializedError} where there is none */
export function onReload(listener: ReloadListener): Disposable {
  return currentOptions().onReload(listener);
}

/** {@link Options.close} of this thread's store; without one there is nothing to do. Afterwards `init()` may run again. */
export async function close(): Promise<void> {
  await find()?.close();
}

/**
 * This thread's store. For the other rooms of the library; a service calls `init()`.
 *
 * @throws {NotInitializedError} where there is none
 */
export function currentOptions(): Options {
  const options = find();
  if (options !== undefined) return options;
  throw new NotInitializedError(
    'This thread has no options yet: call init() at the start of the program, before threads are started; in a thread ' +
      'that was started before, pass store.handle to it and call attach(handle).',
  );
}

/** At the first call in a thread, not at import: what a program imports may come before what it initializes. */
function find(): Options | undefined {
  const options = realm[SLOT];
  if (options !== undefined) return options ?? undefined;
  const handle = inheritedHandle();
  return handle === undefined ? undefined : inherit(handle);
}

/** Makes an inherited store this thread's. Closing it leaves the inheritance where it is: it belongs to the owner. */
function inherit(handle: StoreHandle): Options {
  const options: Options = new Options(new Store(handle), undefined, () => {
    if (realm[SLOT] === options) realm[SLOT] = null;
  });
  realm[SLOT] = options;
  return options;
}

/**
 * Makes `options` the store of this thread, and of those that it starts from now on.
 *
 * @throws {AlreadyInitializedError} where this thread has one
 */
export function install(options: Options): void {
  const existing = find();
  if (existing !== undefined) throw alreadyInitialized(existing);
  realm[SLOT] = options;
  bequeath(options.handle);
}

/** This thread, and those that it starts from now on, have no store any more, if `options` was theirs. */
export function forget(options: Options): void {
  if (realm[SLOT] !== options) return;
  realm[SLOT] = undefined;
  bequeath(undefined);
}

/** Whether `config` asks for the store behind `handle`: any configuration for the same directory does. */
function isOf(handle: StoreHandle, config: OptionsConfig | undefined): boolean {
  return config === undefined || resolveConfig(config).directory === handle.directory;
}

function alreadyInitialized({ handle }: Options): AlreadyInitializedError {
  return new AlreadyInitializedError(
    `This thread has a store already, of ${handle.directory}. Call init() without arguments to get it, close() to end ` +
      'it, or openOptions() for another one beside it.',
    { file: handle.directory },
  );
}
