/**
 * This thread's store, for all that stands on it: finds the store that the thread inherited or attached, or that another
 * copy of the library has; follows its owner to the next one. Runs in every thread. Must not reach `schema/`, `files/` or
 * ajv.
 */
import { AlreadyInitializedError, NotInitializedError } from '../common/errors.js';
import { ChangeListeners } from '../events/change-listeners.js';
import { WatcherState } from '../memory/control.js';
import { getInheritedHandle, type StoreHandle, setInheritedHandle } from '../memory/handle.js';
import type { LiveFlags } from '../reading/flags.js';
import type { NamespaceOptions } from '../reading/namespace.js';
import type { Status } from '../status/status.js';
import { releaseLive, type Shared } from '../view/live.js';
import { StoreView, type ViewSource } from '../view/view.js';
import { OptionsStore } from './options-store.js';
import { checkSlot, findSlot, type Slot, setSlot } from './slot.js';
import { offerSuccessor, SuccessorSearch } from './succession.js';

/** How long `init()` waits for the successor of a store that has ended, once: the owner answers on its event loop. */
export const SUCCESSOR_WAIT_MS = 100;
/** See {@link maxAwaiting}. */
const MIN_AWAITING = 64;
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
/**
 * The status of the store that this copy left last, for `status()` until there is another: a health check may run after
 * `close()`. Without the store, whose memory is to be freed. Undefined if there was none.
 */
let closedStatus: Status | undefined;
let endOffer = () => {};
/**
 * What has `values` that were requested before this thread had a store. Weakly: it may be discarded, and no store may
 * ever come.
 */
let awaiting: WeakRef<{ readonly values: object }>[] = [];
/** At which length of that list those that were discarded are removed: not at each request, of which there may be many. */
let maxAwaiting = MIN_AWAITING;

/** The source of what `options()` and `features()` return: whichever store the thread has at each slow read. */
export const CURRENT: ViewSource = {
  resolve(last) {
    // After close(), the last values stay in use, as in all reads.
    return find()?.view ?? last ?? getCurrentStore().view;
  },
  awaitStore(owner) {
    if (awaiting.length >= maxAwaiting) {
      awaiting = awaiting.filter((each) => each.deref() !== undefined);
      maxAwaiting = Math.max(MIN_AWAITING, 2 * awaiting.length);
    }
    awaiting.push(new WeakRef(owner));
  },
};

/** The listeners of what `options()` returns: they follow the thread. */
export const LISTENERS = new ChangeListeners();

/**
 * Returns this thread's store. For the other entry points of the library; a service calls `init()`.
 *
 * @throws {NotInitializedError} if this thread has no store
 */
export function getCurrentStore(): OptionsStore {
  const store = find();
  if (store !== undefined) return store;
  throw new NotInitializedError(
    closedStatus === undefined
      ? 'This thread has no store. Call init() at the start of the program, before it starts threads. In a thread that ' +
          'was started earlier, call attach(handle) with the store.handle of the thread that called init().'
      : 'The store of this thread is closed. Call init() again.',
  );
}

/**
 * Returns the status of this thread's store; after `close()`, the last one, as `closed`.
 *
 * @throws {NotInitializedError} if this thread has no store, and had none
 */
export function getCurrentStatus(): Status {
  return find()?.status() ?? closedStatus ?? getCurrentStore().status();
}

/** Finds this thread's store for the other entry points of the library; undefined if there is none. Never throws. */
export function findCurrentStore(): OptionsStore | undefined {
  return tryFind()?.store;
}

/**
 * Finds this thread's store, on the first call, not at import: a program may import the library before `init()`. If the
 * store has ended, looks for its successor, and waits up to `milliseconds` for it once.
 */
export function find(milliseconds?: number): OptionsStore | undefined {
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

/**
 * Finds the store that this thread released, if its watcher still runs, or the successor of that store. Undefined if there
 * is none, or it is not `wanted`.
 */
export function findReleased(wanted: (handle: StoreHandle) => boolean): OptionsStore | undefined {
  const handle = getInheritedHandle();
  if (handle === undefined || !wanted(handle)) return undefined;
  inherit(handle).view.detectDeath();
  const found = find(SUCCESSOR_WAIT_MS) as OptionsStore;
  if (found.view.control.state === WatcherState.RUNNING) return found;
  // It has ended, without a successor.
  leave();
  isReleased = true;
  return undefined;
}

/** Finds this thread's store for a call that never throws: its result throws later, when it is used. */
export function tryFind(): Current | undefined {
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
  // Last: it throws if the stack is nearly full.
  closedStatus = store.view.status(true);
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

export function makeAlreadyInitialized({ handle }: OptionsStore): AlreadyInitializedError {
  return new AlreadyInitializedError(
    `This thread already has a store for ${handle.directory}. Call init() without arguments to get it, close() to ` +
      'close it, or openOptions() to open a second store.',
    { file: handle.directory },
  );
}
