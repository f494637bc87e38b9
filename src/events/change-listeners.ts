/**
 * Listeners of single options: `Option.onChange` and `NamespaceOptions.onChange`. Runs in the thread that listens, on
 * turns of its event loop. A reload costs time for the options that changed, however many listeners there are.
 */
import { AsyncResource } from 'node:async_hooks';
import { DISPOSE, disposable } from '../common/disposable.js';
import { ConfigError, SnapshotUnreadableError } from '../common/errors.js';
import { callHost } from '../common/host-call.js';
import { describeStack } from '../common/log.js';
import type { KeyOf } from '../common/option-types.js';
import { describeKind, isArray, isSameValue, type OptionValue } from '../common/value.js';
import type { IsFlag } from '../features/feature.js';
import type { OptionId } from '../names/option-id.js';
import type { Reading, StoreView } from '../view/view.js';
import { type Change, listCandidates } from './reload-event.js';
import type { ReadingObserver, ReloadEvents } from './reload-events.js';

/** A value as a listener gets it: undefined if the option is a feature flag that is not set. */
export type ListenedValue<V> = IsFlag<V> extends true ? V | undefined : [OptionValue] extends [V] ? V | undefined : V;

/** Called after an option changed, with its value, and with the one of the last call or of the registration. */
export type ChangeListener<L> = (value: L, previous: L) => void;

/** Called after options changed, with each that did, in the schema's order. */
export type ChangesListener<T, K extends KeyOf<T>> = (
  changes: readonly { [P in K]: Change<P, ListenedValue<T[P]>> }[K][],
) => void;

/** An option that a listener names. */
interface Listened {
  readonly registration: Registration;
  readonly key: string;
  /** Its id in the store; undefined if it is not placed. */
  id: OptionId | undefined;
  /** What the listener knows. Not the snapshot that has it: the value outlives the store. */
  value: OptionValue | undefined;
}

/** One registration: the same function may be registered twice. */
interface Registration {
  /** Listeners are called in the order of their registration. */
  readonly order: number;
  readonly namespace: string;
  readonly listener: (changes: readonly Change[]) => unknown;
  /** The asynchronous context of the registration. */
  readonly context: AsyncResource;
  readonly options: Listened[];
}

/** The options that a listener names, as a live object has found them. */
export interface ListenedOptions {
  readonly view: StoreView;
  readonly namespace: string;
  readonly options: readonly { readonly key: string; readonly id: OptionId }[];
}

/** The listeners of one store, or of whichever store the thread has. Waits for nothing while there is none. */
export class ChangeListeners implements ReadingObserver {
  /** Whether the listeners end with the store, and do not move to the thread's next one. */
  readonly #endsWithStore: boolean;
  /** The events of the store; undefined while the thread has none. */
  #events: ReloadEvents | undefined;
  /** The wait for the next reload; undefined if there are no listeners, or no reload can come. */
  #subscription: Disposable | undefined;
  readonly #registrations = new Set<Registration>();
  #order = 0;
  /** By id, what listeners name. Of the store whose readings {@link onReading} gets, once {@link #isPlaced}. */
  readonly #byId = new Map<OptionId, Set<Listened>>();
  #isPlaced = false;
  /** The options that may have changed, and have not been read since. */
  readonly #unread = new Set<OptionId>();

  /** `events`: of the store with which the listeners end. Without it, call {@link enter} and {@link leave}. */
  constructor(events?: ReloadEvents) {
    this.#events = events;
    this.#endsWithStore = events !== undefined;
  }

  /**
   * Calls `listener` on a later turn after each reload that changes one of the options, until the returned Disposable is
   * disposed of, or the listeners end with their store.
   *
   * @throws {SnapshotUnreadableError} if this thread cannot read the values
   */
  add({ view, namespace, options }: ListenedOptions, listener: Registration['listener']): Disposable {
    if (this.#endsWithStore && view.signalWait.isClosed) return disposable(() => {});
    // Before a snapshot is read: asynchronous hooks of the host run here, and may adopt any number of them.
    const context = new AsyncResource('sentry-options.onChange');
    const registration: Registration = { order: this.#order++, namespace, listener, context, options: [] };
    const subscription = disposable(() => this.#remove(registration));
    try {
      // Before the values are read: what is published from here on is a change.
      this.#follow();
      const snapshot = view.adopt();
      for (const { key, id } of options) {
        registration.options.push({ registration, key, id: undefined, value: view.valueIn(snapshot, id) });
      }
      // Otherwise, the next reading places all of them.
      if (this.#isPlaced) {
        for (const [place, { id }] of options.entries()) this.#place(registration.options[place] as Listened, id);
      }
      // Last: whatever throws before, for lack of stack or memory, leaves no listener that nobody can remove.
      this.#registrations.add(registration);
    } finally {
      if (this.#registrations.size === 0) this.#unfollow();
    }
    return subscription;
  }

  /** Moves the listeners to the store that the thread has from now on. Those whose values differ are called, on a later turn. */
  enter(events: ReloadEvents): void {
    if (this.#registrations.size > 0) this.#subscription = events.follow(this, true);
    this.#events = events;
  }

  /** Keeps the listeners for the thread's next store. */
  leave(): void {
    this.#events = undefined;
    this.#unfollow();
  }

  /** Implements {@link ReadingObserver}. */
  onReading(previous: Reading | undefined, current: Reading): void {
    const { view } = this.#events as ReloadEvents;
    const candidates =
      previous === undefined || !this.#isPlaced
        ? this.#placeAll(view)
        : listCandidates(view.catalog, previous.snapshot, current.snapshot);
    for (const id of candidates) if (this.#byId.has(id)) this.#unread.add(id);
    const calls = [...this.#collectChanges(view, current)].sort(([a], [b]) => a.order - b.order);
    for (const [registration, changes] of calls) {
      const { listener, context } = registration;
      // A listener may remove others.
      if (!this.#registrations.has(registration)) continue;
      callHost(
        () => context.runInAsyncScope(listener, undefined, changes),
        (error) => view.log.once('listener-failed', `A change listener failed: ${describeStack(error)}`),
      );
    }
  }

  /** Implements {@link ReadingObserver}. */
  onEnd(): void {
    if (this.#endsWithStore) this.#registrations.clear();
    this.#unfollow();
  }

  /** Finds what changed for each listener. From then on, the listener knows the values. */
  #collectChanges(view: StoreView, { snapshot }: Reading): Map<Registration, Change[]> {
    const calls = new Map<Registration, Change[]>();
    for (const id of [...this.#unread].sort((a, b) => view.catalog.compare(a, b))) {
      try {
        // Here, too: in the thread's next store, and for a flag by pattern that was not set when the listener was added.
        view.usage.markRead(id);
        const newValue = view.valueIn(snapshot, id);
        for (const listened of this.#byId.get(id) ?? []) {
          const { registration, key, value: oldValue } = listened;
          if (isSameValue(oldValue, newValue)) continue;
          listened.value = newValue;
          const changes = calls.get(registration) ?? [];
          changes.push({ namespace: registration.namespace, key, oldValue, newValue });
          calls.set(registration, changes);
        }
        this.#unread.delete(id);
      } catch (error) {
        // Other code has overwritten the default, which the view has logged. The next reading tries again.
        if (!(error instanceof SnapshotUnreadableError)) view.log.once('read-failed', error);
      }
    }
    return calls;
  }

  /** Finds the options of all listeners in the store, and returns their ids. Ignores what it does not declare. */
  #placeAll(view: StoreView): Iterable<OptionId> {
    this.#isPlaced = true;
    for (const { namespace, options } of this.#registrations) {
      for (const listened of options) {
        try {
          const id = view.names.read((catalog) => catalog.find(namespace)?.idOf(listened.key));
          if (id !== undefined) this.#place(listened, id);
        } catch {
          // Other code has overwritten the names, which the view has logged. The next reading tries again.
          this.#isPlaced = false;
        }
      }
    }
    return this.#byId.keys();
  }

  #place(listened: Listened, id: OptionId): void {
    listened.id = id;
    const others = this.#byId.get(id);
    if (others === undefined) this.#byId.set(id, new Set([listened]));
    else others.add(listened);
  }

  #remove(registration: Registration): void {
    if (!this.#registrations.delete(registration)) return;
    if (this.#registrations.size === 0) this.#unfollow();
    else for (const listened of registration.options) this.#displace(listened);
  }

  #displace(listened: Listened): void {
    const { id } = listened;
    const others = id === undefined ? undefined : this.#byId.get(id);
    // After a move to another store, the id may be that of another option.
    if (others?.delete(listened) && others.size === 0) this.#byId.delete(id as OptionId);
  }

  /** Waits for reloads, if it does not. */
  #follow(): void {
    if (this.#subscription !== undefined || this.#events === undefined) return;
    this.#subscription = this.#events.follow(this, false);
    this.#isPlaced = this.#registrations.size === 0;
  }

  #unfollow(): void {
    this.#subscription?.[DISPOSE]();
    this.#subscription = undefined;
    this.#byId.clear();
    this.#unread.clear();
    this.#isPlaced = false;
  }
}

/**
 * Returns the names in `keys`, each once.
 *
 * @throws {ConfigError} if it is not a list of names, with at least one
 */
export function requireKeys(keys: unknown): string[] {
  if (!isArray(keys)) {
    throw new ConfigError(`keys must be an array of option names; got ${describeKind(keys)}.`, { key: 'keys' });
  }
  const names = new Set<string>();
  for (const key of keys) {
    if (typeof key !== 'string') {
      throw new ConfigError(`keys must be an array of option names; got an item of type ${describeKind(key)}.`, {
        key: 'keys',
      });
    }
    names.add(key);
  }
  if (names.size === 0) {
    throw new ConfigError('keys must name at least one option; got an empty array.', { key: 'keys' });
  }
  return [...names];
}
