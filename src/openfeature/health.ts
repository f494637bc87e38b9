/**
 * Observes a store's health: a watcher that crashes, hangs or rejects the files, and its recovery. Runs in the thread
 * that made the provider, on turns of its event loop.
 */
import { setImmediate } from '../common/host-time.js';
import { WatcherState } from '../memory/control.js';
import type { Status } from '../status/status.js';
import type { OptionsStore } from '../store/options-store.js';

/**
 * How often to check, in milliseconds. A crash, and whatever the watcher finds, wakes the waiting threads; but a thread
 * that hangs wakes no one, nor does a thread that ended together with its owner.
 */
const CHECK_INTERVAL_MS = 1_000;

/** Calls `listener` with the status at the start and whenever the state may have changed, always on a later turn. */
export class HealthWatch {
  readonly #store: OptionsStore;
  readonly #listener: (status: Status) => void;
  #isClosed = false;

  constructor(store: OptionsStore, listener: (status: Status) => void) {
    this.#store = store;
    this.#listener = listener;
    setImmediate(() => void this.#run()).unref();
  }

  /** Stops calling the listener. */
  close(): void {
    this.#isClosed = true;
  }

  /** Waits at most {@link CHECK_INTERVAL_MS} at a time, and never keeps the process alive. */
  async #run(): Promise<void> {
    const { control } = this.#store.view;
    let seen: string | undefined;
    while (!this.#isClosed) {
      if (this.#store.thread === undefined) this.#store.view.detectDeath();
      // Read before the check: whatever happens in between ends the wait at once.
      const { signal, state } = control;
      // Without a signal, the status record, which is JSON, is unchanged: a check reads a few words of shared memory.
      const current = `${state} ${control.detectStall()} ${control.isSlow} ${signal}`;
      if (current !== seen) this.#listener(this.#store.status());
      seen = current;
      // Crashed and closed are final.
      if (state !== WatcherState.RUNNING) return;
      await control.waitAsync(signal, CHECK_INTERVAL_MS);
    }
  }
}
