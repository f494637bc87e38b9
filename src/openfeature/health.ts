/**
 * Observes a store's health: a watcher that crashes, hangs or rejects the files, and its recovery. Runs in the thread
 * that made the provider, on turns of its event loop.
 */
import { runWithoutContext } from '../common/async-context.js';
import { setImmediate } from '../common/host-time.js';
import { WatcherState } from '../memory/control.js';
import type { Status } from '../status/status.js';
import type { OptionsStore } from '../store/options-store.js';
import type { Waiter } from '../view/signal-wait.js';

/**
 * Calls `listener` with the status at the start and whenever the state may have changed, always on a later turn, in no
 * asynchronous context. Never keeps the process alive.
 */
export class HealthWatch {
  readonly #store: OptionsStore;
  readonly #listener: (status: Status) => void;
  /** What the last check found. */
  #seen: string | undefined;
  #isClosed = false;
  // A crash, and whatever the watcher finds, wakes the waiting threads; but a watcher that hangs wakes no thread.
  readonly #waiter: Waiter = { keepsAlive: false, onSignal: () => this.#check(), onTick: () => this.#check() };

  constructor(store: OptionsStore, listener: (status: Status) => void) {
    this.#store = store;
    this.#listener = listener;
    runWithoutContext(() => setImmediate(() => this.#start()).unref());
  }

  /** Stops calling the listener. */
  close(): void {
    this.#isClosed = true;
    this.#store.view.signalWait.delete(this.#waiter);
  }

  #start(): void {
    if (this.#isClosed) return;
    const { control, signalWait } = this.#store.view;
    signalWait.add(this.#waiter, control.signal);
    this.#check();
  }

  #check(): void {
    const { control, signalWait } = this.#store.view;
    const { signal, state, hasEnded } = control;
    // Another signal follows as soon as the reason is known.
    if (state !== WatcherState.RUNNING && !hasEnded) return;
    // Without a signal, the status record, which is JSON, is unchanged: a check reads a few words of shared memory.
    const current = `${state} ${control.detectStall()} ${control.isSlow} ${signal}`;
    if (current !== this.#seen) this.#listener(this.#store.status());
    this.#seen = current;
    // Crashed and closed are final.
    if (hasEnded) signalWait.delete(this.#waiter);
  }
}
