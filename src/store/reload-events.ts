/**
 * Reload events: `onReload` and `changes`. Runs in the thread that listens, on turns of its event loop. The watcher
 * knows no listeners: it only increments the signal that all threads wait on.
 */
import { AsyncResource } from 'node:async_hooks';
import { disposable } from '../common/disposable.js';
import { ConfigError } from '../common/errors.js';
import { callHost } from '../common/host-call.js';
import { describeStack } from '../common/log.js';
import { describeKind } from '../common/value.js';
import { WatcherState } from '../memory/control.js';
import { AbortListeners } from './abort-listeners.js';
import { buildReloadEvent, type ReloadEvent } from './reload-event.js';
import { ReloadIterator } from './reload-iterator.js';
import type { Waiter } from './signal-wait.js';
import type { Reading, StoreView } from './view.js';

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

/** One registration: the same function may be registered twice. */
interface Registration {
  readonly listener: ReloadListener;
  /** The asynchronous context of the registration. */
  readonly context: AsyncResource;
  /** What the listener's last event reported. */
  previous: Reading;
}

/** The events of one store in one thread. */
export class ReloadEvents {
  readonly #view: StoreView;
  readonly #listeners = new Set<Registration>();
  readonly #aborts = new AbortListeners();
  #observer: SignalObserver | undefined;
  readonly #waiter: Waiter = { keepsAlive: false, onSignal: () => this.#onSignal() };
  /** Waits while this thread cannot read the published generation: no signal says when it can. */
  readonly #retry: Waiter = { keepsAlive: false, onSignal() {}, onTick: () => this.#onSignal() };

  /** `observer` is called at each signal, after the listeners, until the store is closed or the watcher has ended. */
  constructor(view: StoreView, observer?: SignalObserver) {
    this.#view = view;
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
    if (typeof listener !== 'function') {
      throw new ConfigError(`listener must be a function; got ${describeKind(listener)}.`, { key: 'listener' });
    }
    if (this.#view.signalWait.isClosed) return disposable(() => {});
    // Read before adopting: a publication in between then wakes this thread.
    const seen = this.#view.control.signal;
    const context = new AsyncResource('sentry-options.onReload');
    const registration = { listener, context, previous: this.#view.pin() };
    const subscription = disposable(() => {
      this.#listeners.delete(registration);
      this.#stopIfUnused();
    });
    this.#view.signalWait.add(this.#waiter, seen);
    // Last: whatever throws before, for lack of stack or memory, leaves no listener that nobody can remove.
    this.#listeners.add(registration);
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
    return new ReloadIterator(this.#view, this.#aborts, signal);
  }

  /** Ends all events in this thread. */
  close(): void {
    this.#listeners.clear();
    this.#observer = undefined;
    this.#stopIfUnused();
    this.#view.signalWait.close();
  }

  #stopIfUnused(): void {
    if (this.#listeners.size === 0) this.#view.signalWait.delete(this.#retry);
    if (this.#listeners.size === 0 && this.#observer === undefined) this.#view.signalWait.delete(this.#waiter);
  }

  #onSignal(): void {
    const { hasEnded, state } = this.#view.control;
    const isUpToDate = this.#deliver();
    this.#observer?.observe(hasEnded ? state : WatcherState.RUNNING);
    if (hasEnded) {
      this.#observer = undefined;
      // No event follows. Whoever forgets to remove a listener must not keep the memory of each former store.
      if (isUpToDate) this.#listeners.clear();
    }
    this.#stopIfUnused();
  }

  /** Calls the listeners that have not seen the newest generation. Returns whether this thread could read it. */
  #deliver(): boolean {
    if (this.#listeners.size === 0) return true;
    const seen = this.#view.control.signal;
    const current = this.#view.tryPin();
    const { isNewest: isUpToDate } = this.#view;
    if (isUpToDate) this.#view.signalWait.delete(this.#retry);
    else this.#view.signalWait.add(this.#retry, seen);
    if (current === undefined) return false;
    // An event comes only when the status of its generation is written. If it is not, another signal follows.
    if (!this.#view.control.isDescribed(current.generation)) return isUpToDate;
    // A copy: a listener may add and remove listeners.
    for (const registration of [...this.#listeners]) {
      const { listener, context, previous } = registration;
      if (previous.generation === current.generation || !this.#listeners.has(registration)) continue;
      registration.previous = current;
      const event = buildReloadEvent(this.#view, previous, current);
      callHost(
        () => context.runInAsyncScope(listener, undefined, event),
        (error) => this.#view.logOnce(`A reload listener failed: ${describeStack(error)}`),
      );
    }
    return isUpToDate;
  }
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
