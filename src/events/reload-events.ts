/**
 * Reload events: `onReload`, `changes`, and the basis of `onChange`. Runs in the thread that listens, on turns of its
 * event loop. The watcher knows no listeners: it only increments the signal that all threads wait on.
 */
import { AsyncResource } from 'node:async_hooks';
import { runWithoutContext } from '../common/async-context.js';
import { disposable } from '../common/disposable.js';
import { ConfigError } from '../common/errors.js';
import { callHost } from '../common/host-call.js';
import { setImmediate } from '../common/host-time.js';
import { describeStack } from '../common/log.js';
import { describeKind } from '../common/value.js';
import { WatcherState } from '../memory/control.js';
import type { Waiter } from '../view/signal-wait.js';
import type { Reading, StoreView } from '../view/view.js';
import { AbortListeners } from './abort-listeners.js';
import { buildReloadEvent, type ReloadEvent } from './reload-event.js';
import { ReloadIterator } from './reload-iterator.js';

/**
 * Called after a reload, in the asynchronous context in which it was registered. If it throws, or returns a promise
 * that rejects, the error is logged, and the other listeners still run.
 */
export type ReloadListener = (event: ReloadEvent) => void;

/** Observes a store after each signal, on a later turn. Must not throw. */
export interface SignalObserver {
  /** `state`: the watcher's state. If it is not `RUNNING`, its reason is known, and this is the last call. */
  observe(state: WatcherState): void;
}

/** Gets the readings of a store, on later turns, each once its status is written. Must not throw. */
export interface ReadingObserver {
  /** `previous`: the reading of the last call, or of the start; undefined if the observer started without one. */
  onReading(previous: Reading | undefined, current: Reading): void;
  /** No call follows: this thread has closed the store, or the watcher has ended. */
  onEnd?(): void;
}

/** One registration: the same function may be registered twice. */
interface Registration {
  readonly observer: ReadingObserver;
  /** The reading that the observer knows. The registration pins it. */
  previous: Reading | undefined;
}

/** The events of one store in one thread. */
export class ReloadEvents {
  readonly view: StoreView;
  readonly #registrations = new Set<Registration>();
  readonly #aborts = new AbortListeners();
  #observer: SignalObserver | undefined;
  readonly #waiter: Waiter = { keepsAlive: false, onSignal: () => this.#onSignal() };
  /** Waits while this thread cannot read the published generation: no signal says when it can. */
  readonly #retry: Waiter = { keepsAlive: false, onSignal() {}, onTick: () => this.#onSignal() };

  /** `observer` is called at each signal, after the listeners, until the store is closed or the watcher has ended. */
  constructor(view: StoreView, observer?: SignalObserver) {
    this.view = view;
    this.#observer = observer;
    if (observer !== undefined) view.signalWait.add(this.#waiter, view.control.signal);
  }

  /**
   * Calls `listener` after each reload from now on, on a later turn, until the returned Disposable is disposed of, this
   * thread closes the store, or the watcher has ended and the last change is delivered.
   *
   * @throws {ConfigError} if `listener` is not a function
   */
  onReload(listener: ReloadListener): Disposable {
    requireListener(listener);
    const context = new AsyncResource('sentry-options.onReload');
    return this.follow({
      onReading: (previous, current) => {
        const event = buildReloadEvent(this.view, previous as Reading, current);
        callHost(
          () => context.runInAsyncScope(listener, undefined, event),
          (error) => this.view.log.once('listener-failed', `A reload listener failed: ${describeStack(error)}`),
        );
      },
    });
  }

  /**
   * Passes each newer reading to `observer`, on a later turn; if the observer `isBehind`, the newest one, too. Until the
   * returned Disposable is disposed of, or {@link ReadingObserver.onEnd}.
   *
   * @throws {SnapshotUnreadableError} if this thread has no values yet, unless the observer `isBehind`
   */
  follow(observer: ReadingObserver, isBehind = false): Disposable {
    const { signalWait, control } = this.view;
    if (signalWait.isClosed) return disposable(() => {});
    // Read before adopting: a publication in between then wakes this thread.
    const seen = control.signal;
    const registration: Registration = { observer, previous: isBehind ? undefined : this.view.pin() };
    const subscription = disposable(() => {
      if (this.#registrations.delete(registration)) this.#setPrevious(registration, undefined);
      this.#stopIfUnused();
    });
    // No signal announces a reading that is older than the registration.
    if (isBehind) runWithoutContext(() => setImmediate(() => this.#onSignal()));
    signalWait.add(this.#waiter, seen);
    // Last: whatever throws before, for lack of stack or memory, leaves no observer that nobody can remove.
    this.#registrations.add(registration);
    return subscription;
  }

  /**
   * Iterates over the events. Ends normally when the store is closed, the watcher crashes, or `signal` aborts; after a
   * crash, delivers changes that were published before first. Keeps the process alive while it waits.
   *
   * @throws {ConfigError} if `signal` is not an AbortSignal
   */
  changes(signal?: AbortSignal): ReloadIterator {
    if (signal !== undefined && !isAbortSignal(signal)) {
      const got = describeKind(signal);
      throw new ConfigError(`signal must be an AbortSignal; got ${got}. Pass the signal of an AbortController.`, {
        key: 'signal',
      });
    }
    return new ReloadIterator(this.view, this.#aborts, signal);
  }

  /** Ends all events in this thread. */
  close(): void {
    this.#end();
    this.#observer = undefined;
    this.#stopIfUnused();
    this.view.signalWait.close();
  }

  #end(): void {
    const ended = [...this.#registrations];
    this.#registrations.clear();
    for (const registration of ended) {
      registration.observer.onEnd?.();
      this.#setPrevious(registration, undefined);
    }
  }

  #stopIfUnused(): void {
    if (this.#registrations.size === 0) this.view.signalWait.delete(this.#retry);
    if (this.#registrations.size === 0 && this.#observer === undefined) this.view.signalWait.delete(this.#waiter);
  }

  #onSignal(): void {
    const { hasEnded, state } = this.view.control;
    const isUpToDate = this.#deliver();
    this.#observer?.observe(hasEnded ? state : WatcherState.RUNNING);
    if (hasEnded) {
      this.#observer = undefined;
      // No event follows. Whoever forgets to remove a listener must not keep the memory of each former store.
      if (isUpToDate) this.#end();
    }
    this.#stopIfUnused();
  }

  /** Passes the newest reading to the observers that do not know it. Returns whether this thread could read it. */
  #deliver(): boolean {
    if (this.#registrations.size === 0) return true;
    const seen = this.view.control.signal;
    const current = this.view.tryPin();
    const { isNewest: isUpToDate } = this.view;
    if (isUpToDate) this.view.signalWait.delete(this.#retry);
    else this.view.signalWait.add(this.#retry, seen);
    if (current === undefined) return false;
    try {
      this.#pass(current);
    } finally {
      this.view.unpin(current);
    }
    return isUpToDate;
  }

  #pass(current: Reading): void {
    // An event comes only when the status of its generation is written. If it is not, another signal follows.
    if (!this.view.control.isDescribed(current.generation)) return;
    // A copy: an observer may add and remove observers.
    for (const registration of [...this.#registrations]) {
      const { observer, previous } = registration;
      if (previous?.generation === current.generation || !this.#registrations.has(registration)) continue;
      // The observer gets both pinned, and may end the registration.
      if (previous !== undefined) this.view.pinAgain(previous);
      this.view.pinAgain(current);
      this.#setPrevious(registration, current);
      observer.onReading(previous, current);
      if (previous !== undefined) this.view.unpin(previous);
    }
  }

  /** Passes the pin of a registration on to `reading`, which is pinned. */
  #setPrevious(registration: Registration, reading: Reading | undefined): void {
    const { previous } = registration;
    registration.previous = reading;
    if (previous !== undefined) this.view.unpin(previous);
  }
}

/** @throws {ConfigError} if `listener` is not a function */
export function requireListener(listener: unknown): void {
  if (typeof listener === 'function') return;
  throw new ConfigError(`listener must be a function; got ${describeKind(listener)}.`, { key: 'listener' });
}

/** Whether `signal` is an AbortSignal, of any realm: that of a test runner has its own class. */
function isAbortSignal(signal: unknown): signal is AbortSignal {
  if (typeof signal !== 'object' || signal === null) return false;
  try {
    const { aborted, addEventListener } = signal as Partial<AbortSignal>;
    return typeof aborted === 'boolean' && typeof addEventListener === 'function';
  } catch {
    // A getter or a proxy that throws.
    return false;
  }
}
