/**
 * This thread's store, which the named exports use: `init()` starts it, or the thread inherited or attached it. Runs in
 * every thread. Must not reach `schema/`, `files/` or ajv.
 */
import { AlreadyInitializedError, NotInitializedError } from '../common/errors.js';
import type { NamespaceName, OptionsOf } from '../common/option-types.js';
import { type OptionsConfig, resolveConfig } from '../config/config.js';
import { ChangeListeners } from '../events/change-listeners.js';
import type { ReloadListener } from '../events/reload-events.js';
import { WatcherState } from '../memory/control.js';
import { checkHandle, getInheritedHandle, type StoreHandle, setInheritedHandle } from '../memory/handle.js';
import { FeatureChecker } from '../reading/feature-checker.js';
import { LiveFlags } from '../reading/flags.js';
import { NamespaceOptions } from '../reading/namespace.js';
import type { Snapshot } from '../reading/snapshot.js';
import type { Status } from '../status/status.js';
import { releaseLive, type Shared } from '../view/live.js';
import { StoreView, type ViewSource } from '../view/view.js';
import { OptionsStore, startStore } from './options-store.js';
import { checkSlot, findSlot, type Slot, setSlot } from './slot.js';
import { offerSuccessor, SuccessorSearch } from './succession.js';

/** How long `init()` waits for the successor of a store that has ended, once: the owner answers on its event loop. */
const SUCCESSOR_WAIT_MS = 100;
/** How many former stores of this thread are remembered: threads that have one of them find the present one. */
const MAX_FORMER = 100;

/** This copy's view of the thread's store, and what belongs to it. */
interface Current {
  readonly store: OptionsStore;
  /** The realm's slot, from which this copy opened the store, or which it wrote. */
  readonly slot: Slot;
  /** Whether this copy of the library started or attached the store, rather than found it. */
  readonly isOwn: boolean;
  /** Finds the next store of the thread that owns this one; undefined in the thread that started it. */
  readonly search: SuccessorSearch | undefined;
  /** What `options()` and `features()` return, for declared names: others may come from outside, without limit. */
  readonly namespaces: Map<string, NamespaceOptions>;
  readonly flags: Map<string, LiveFlags>;
}

let current: Current | undefined;
/** Whether this copy released a store that it had found: only `init()` or `attach()` finds that store again. */
let isReleased = false;
/** The ids of stores that this copy started or attached, and closed. */
let former: readonly string[] = [];
let endOffer = () => {};
/**
 * What has `values` that were requested before this thread had a store. Weakly: it may be discarded, and no store may
 * ever come.
 */
let awaiting: readonly WeakRef<{ readonly values: object }>[] = [];

/** The source of what `options()` and `features()` return: whichever store the thread has at each slow read. */
const CURRENT: ViewSource = {
  resolve(last) {
    // After close(), the last values stay in use, as in all reads.
    return find()?.view ?? last ?? getCurrentStore().view;
  },
  awaitStore(owner) {
    awaiting = [...awaiting.filter((each) => each.deref() !== undefined), new WeakRef(owner)];
  },
};

/** The listeners of what `options()` returns: they follow the thread. */
const LISTENERS = new ChangeListeners();

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
    // A store that this thread released.
    const handle = getInheritedHandle();
    if (handle !== undefined && matchesConfig(handle, config)) {
      inherit(handle).view.detectDeath();
      const found = find(SUCCESSOR_WAIT_MS) as OptionsStore;
      if (found.view.control.state === WatcherState.RUNNING) return found;
      // It has ended, without a successor.
      leave();
      isReleased = true;
    }
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
  const known = tryFind()?.namespaces.get(namespace);
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
  const known = tryFind()?.flags.get(namespace);
  const found = known ?? new LiveFlags(CURRENT, namespace);
  if (known === undefined && current !== undefined) remember(current.flags, found, namespace);
  return new FeatureChecker(found);
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

/** Finds this thread's store for the other entry points of the library; undefined if there is none. Never throws. */
export function findCurrentStore(): OptionsStore | undefined {
  return tryFind()?.store;
}

/** Binds a live object to its store, and keeps it if its name is declared. */
function remember<T extends { bind(): StoreView | undefined }>(
  known: Map<string, T>,
  found: T,
  namespace: string,
): void {
  if (found.bind()?.declares(namespace)) known.set(namespace, found);
}

/**
 * Finds this thread's store, on the first call, not at import: a program may import the library before `init()`. If the
 * store has ended, looks for its successor, and waits up to `milliseconds` for it once.
 */
function find(milliseconds?: number): OptionsStore | undefined {
  if (current !== undefined) {
    const { store, slot, isOwn, search } = current;
    if (search !== undefined && store.view.control.state !== WatcherState.RUNNING) search.look(milliseconds);
    // Otherwise, another copy of the library in this realm has closed or replaced the store that this copy found.
    if (isOwn || slot === findSlot()) return current?.store;
    leave();
  }
  if (isReleased) return undefined;
  const slot = findSlot();
  if (slot !== undefined) return open(checkSlot(slot), slot);
  const handle = getInheritedHandle();
  return handle === undefined ? undefined : inherit(handle);
}

/** Finds this thread's store for a call that never throws: its result throws later, when it is used. */
function tryFind(): Current | undefined {
  try {
    find();
  } catch {
    // For example, the thread inherited a handle of another version.
  }
  return current;
}

/** Makes an inherited store this thread's. Closing it keeps the inherited handle, which belongs to the owner. */
function inherit(handle: StoreHandle): OptionsStore {
  const known = findSlot();
  // Another copy of the library in this realm has the store, too.
  const found = known && findShared(known, handle.id);
  if (found !== undefined) return open({ handle, shared: found }, known as Slot);
  const shared: Shared = { overrides: [], lives: [] };
  const slot = { handle, shared };
  const store = open(slot, slot);
  setSlot(slot);
  return store;
}

/** Returns what the views of the store `id` share in this realm; undefined if the realm does not have that store. */
function findShared(slot: Slot, id: string): Shared | undefined {
  try {
    const checked = checkSlot(slot);
    return checked.handle.id === id ? checked.shared : undefined;
  } catch {
    // Overwritten by other code: the store replaces it.
    return undefined;
  }
}

/** Makes a store that this copy found this copy's. `slot`: as the realm has it; `checked`: the same, checked. */
function open(checked: Slot, slot: Slot): OptionsStore {
  const view = new StoreView(checked.handle, undefined, undefined, checked.shared);
  const store: OptionsStore = new OptionsStore(view, undefined, () => {
    if (current?.store !== store) return;
    leave();
    isReleased = true;
  });
  enter(store, slot, false);
  return store;
}

function enter(store: OptionsStore, slot: Slot, isOwn: boolean): void {
  const { id, isInMemory } = store.handle;
  const hasOwner = store.thread === undefined && !(isOwn && isInMemory);
  // First: it throws if the stack is nearly full, and then nothing has changed.
  LISTENERS.enter(store.events);
  const search = hasOwner ? new SuccessorSearch(id, follow) : undefined;
  current = { store, slot, isOwn, search, namespaces: new Map(), flags: new Map() };
  isReleased = false;
}

/** Leaves this copy's store: live reads look for another one from now on. */
function leave(): void {
  if (current === undefined) return;
  const { store, search } = current;
  current = undefined;
  search?.close();
  LISTENERS.leave();
  store.view.release();
}

/** Moves on to the successor of this thread's store. Threads that start from now on inherit it, too. */
function follow(handle: StoreHandle): void {
  const wasReleased = isReleased;
  leave();
  setInheritedHandle(handle);
  inherit(handle);
  isReleased = wasReleased;
}

/**
 * Makes `store` the store of this thread, and of the threads that it starts from now on.
 *
 * @throws {AlreadyInitializedError} if this thread already has a store
 */
export function install(store: OptionsStore): void {
  const existing = find();
  if (existing !== undefined) throw makeAlreadyInitialized(existing);
  const slot = { handle: store.handle, shared: store.view.shared };
  enter(store, slot, true);
  setSlot(slot);
  setInheritedHandle(store.handle);
  if (former.length > 0) endOffer = offerSuccessor(former, store.handle);
  fillValues();
}

/** Gives `values` that were requested earlier their properties: `Object.keys` reads nothing that could do it later. */
function fillValues(): void {
  const owners = awaiting;
  awaiting = [];
  for (const owner of owners) {
    try {
      owner.deref()?.values;
    } catch {
      // For example, no schema declares the namespace: the first read throws the error.
    }
  }
}

/** Removes `store` from this thread, and from the threads that it starts from now on, if it is this thread's store. */
export function forget(store: OptionsStore): void {
  if (current?.store !== store) return;
  const { slot } = current;
  leave();
  // The views of other copies of the library in this realm.
  slot.shared.lives.forEach(releaseLive);
  if (findSlot() === slot) setSlot(undefined);
  setInheritedHandle(undefined);
  endOffer();
  endOffer = () => {};
  former = [...former, store.handle.id].slice(-MAX_FORMER);
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
