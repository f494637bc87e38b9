/** The iterators of `changes()`. Runs in the thread that iterates, on turns of its event loop. */
import { ASYNC_DISPOSE } from '../common/disposable.js';
import { WatcherState } from '../memory/control.js';
import type { Waiter } from '../view/signal-wait.js';
import type { Reading, StoreView } from '../view/view.js';
import type { AbortListeners } from './abort-listeners.js';
import { buildReloadEvent, type ReloadEvent } from './reload-event.js';

type Result = IteratorResult<ReloadEvent, undefined>;

/**
 * Iterates over events. Not an async generator: `return()` of a generator waits for a pending `next()`, which may never
 * settle.
 */
export class ReloadIterator implements AsyncIterableIterator<ReloadEvent, undefined, undefined> {
  readonly #view: StoreView;
  readonly #aborts: AbortListeners;
  readonly #signal: AbortSignal | undefined;
  /** What the last event reported; pinned until the end. */
  #previous: Reading;
  #isDone = false;
  /** The pending calls of `next()`, in order. */
  #calls: { resolve(result: Result): void; reject(error: unknown): void }[] = [];
  readonly #waiter: Waiter = {
    keepsAlive: true,
    onSignal: () => this.#settle(),
    // No signal says when this thread can read the published generation, if it could not for a moment.
    onTick: () => this.#settle(),
    onClose: () => this.#end(),
  };
  readonly #end = (): void => {
    // Once: nothing reads it any more.
    if (!this.#isDone) this.#view.unpin(this.#previous);
    this.#isDone = true;
    this.#settle();
  };

  constructor(view: StoreView, aborts: AbortListeners, signal: AbortSignal | undefined) {
    this.#view = view;
    this.#aborts = aborts;
    this.#signal = signal;
    // Adopts now, not when the caller waits for the first event: what is published in between is an event.
    this.#previous = view.pin();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Resolves with the next event, or at the end. */
  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#calls.push({ resolve, reject });
      this.#settle();
    });
  }

  /** Ends the iteration, and each pending `next()`, at once. */
  async return(): Promise<Result> {
    this.#end();
    return { done: true, value: undefined };
  }

  /** Does the same as {@link return}, and rejects with `error`. */
  async throw(error: unknown): Promise<Result> {
    this.#end();
    throw error;
  }

  /** Calls {@link return}, for `await using`. */
  async [ASYNC_DISPOSE](): Promise<void> {
    this.#end();
  }

  /** Settles the pending calls as far as possible, and waits if some are left. */
  #settle(): void {
    try {
      while (this.#calls.length > 0) {
        // Read before adopting: a publication in between then ends the wait at once.
        const seen = this.#view.control.signal;
        const result = this.#advance();
        if (result === undefined) {
          this.#wait(seen);
          return;
        }
        this.#calls.shift()?.resolve(result);
      }
    } catch (error) {
      this.#calls.shift()?.reject(error);
    }
    if (this.#calls.length === 0) this.#stopWaiting();
  }

  /** Returns what the next call resolves with; undefined if it has to wait. */
  #advance(): Result | undefined {
    const view = this.#view;
    const end: Result = { done: true, value: undefined };
    if (this.#isDone || view.signalWait.isClosed || this.#signal?.aborted === true) return end;
    const previous = this.#previous;
    const current = view.pin();
    // Without its status, a generation is not reported yet: another signal follows.
    if (current.generation !== previous.generation && view.control.isDescribed(current.generation)) {
      this.#previous = current;
      const value = buildReloadEvent(view, previous, current);
      view.unpin(previous);
      return { done: false, value };
    }
    view.unpin(current);
    return view.control.state === WatcherState.RUNNING ? undefined : end;
  }

  #wait(seen: number): void {
    if (this.#signal !== undefined) this.#aborts.add(this.#signal, this.#end);
    this.#view.signalWait.add(this.#waiter, seen);
  }

  #stopWaiting(): void {
    if (this.#signal !== undefined) this.#aborts.delete(this.#signal, this.#end);
    this.#view.signalWait.delete(this.#waiter);
  }
}
