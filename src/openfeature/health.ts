/**
 * Hearing of a store's health: of a watcher that dies, hangs, or refuses the files, and of its recovery. Runs in the
 * thread that asks, on turns of its own event loop.
 */
// Not the globals, which a test's fake timers replace.
import { setImmediate } from 'node:timers';
import { WatcherState } from '../memory/control.js';
import type { Status } from '../status/status.js';
import type { OptionsStore } from '../store/options-store.js';

/**
 * How often to look, in milliseconds. A death and whatever the watcher finds wake those who wait; but a thread that hangs
 * can tell nobody, nor can one that its owner has taken along.
 */
const CHECK_INTERVAL_MS = 1_000;

/** Calls `listener` with the status now, and whenever the watcher may be in another state, always on a later turn. */
export class HealthWatch {
  readonly #store: OptionsStore;
  readonly #listener: (status: Status) => void;
  #isClosed = false;

  constructor(store: OptionsStore, listener: (status: Status) => void) {
    this.#store = store;
    this.#listener = listener;
    setImmediate(() => void this.#run()).unref();
  }

  /** The listener is not called any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Waits for no longer than {@link CHECK_INTERVAL_MS} at a time, and keeps no process alive. */
  async #run(): Promise<void> {
    const { control } = this.#store.view;
    let seen: string | undefined;
    while (!this.#isClosed) {
      // Before the look: what happens in between ends the wait at once.
      const { signal, state } = control;
      // Without a signal the status record, which is JSON, is still the same: a look is a few words of shared memory.
      const sign = `${state} ${control.isStalled} ${signal}`;
      if (sign !== seen) this.#listener(this.#store.status());
      seen = sign;
      // Dead or closed: no way leads back.
      if (state !== WatcherState.RUNNING) return;
      await control.waitAsync(signal, CHECK_INTERVAL_MS);
    }
  }
}
