/** Listens to the AbortSignals of the host. Runs in the thread that iterates. Imports nothing. */

/** The callbacks for one signal, and the listener that calls them. */
interface Registration {
  readonly callbacks: Set<() => void>;
  readonly listener: () => void;
}

/**
 * Adds one listener to each signal, however many callbacks there are: with eleven listeners, Node warns of a leak. A
 * signal has no listener while it has no callback: it may live as long as the process.
 */
export class AbortListeners {
  readonly #registrations = new WeakMap<AbortSignal, Registration>();

  /** Calls `callback` when `signal` aborts, until {@link delete}. */
  add(signal: AbortSignal, callback: () => void): void {
    let registration = this.#registrations.get(signal);
    if (registration === undefined) {
      const callbacks = new Set<() => void>();
      const listener = () => {
        for (const each of callbacks) each();
      };
      registration = { callbacks, listener };
      this.#registrations.set(signal, registration);
      signal.addEventListener('abort', registration.listener);
    }
    registration.callbacks.add(callback);
  }

  /** Stops calling `callback`. */
  delete(signal: AbortSignal, callback: () => void): void {
    const registration = this.#registrations.get(signal);
    if (registration === undefined) return;
    registration.callbacks.delete(callback);
    if (registration.callbacks.size > 0) return;
    this.#registrations.delete(signal);
    signal.removeEventListener('abort', registration.listener);
  }
}
