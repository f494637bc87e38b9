/**
 * One thread's wait for the signal of one store. Whatever waits in the thread shares it: listeners, iterators, pending
 * refreshes, an OpenFeature provider. So at most one native wait is pending, however many waiters come and go: a native
 * wait that is given up keeps its memory until the next signal, and one with a timeout keeps it until the timeout.
 */
import { runWithoutContext } from '../common/async-context.js';
import { clearInterval, setImmediate, setInterval } from '../common/host-time.js';
import type { Control } from '../memory/control.js';

/** How often a thread that waits checks what no signal reports, in milliseconds. */
export const TICK_MS = 1_000;

/** Waits for the signal. Its methods run on a later turn, in no asynchronous context. They must not throw. */
export interface Waiter {
  /** Whether the process stays alive while this waits. */
  readonly keepsAlive: boolean;
  /** Called after each signal, and sometimes without one. */
  onSignal(): void;
  /** Called about once a second. */
  onTick?(): void;
  /** Called when this thread closes its store. */
  onClose?(): void;
}

/** The wait of one thread for the signal of one store. */
export class SignalWait {
  readonly #control: Control;
  readonly #detectDeath: (() => void) | undefined;
  readonly #waiters = new Set<Waiter>();
  /** How many waiters keep the process alive, and how many need ticks. */
  readonly #count = { keepAlive: 0, ticks: 0 };
  /** Whether `#wake` runs, or is certain to run: after a signal, or on the next turn. */
  #isArmed = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  /** `detectDeath` is called about once a second while something waits: it signals if the watcher has ended. */
  constructor(control: Control, detectDeath?: () => void) {
    this.#control = control;
    this.#detectDeath = detectDeath;
  }

  /**
   * Calls `waiter` after each signal that differs from `seen`, until {@link delete}. Read `seen` before you check what
   * `waiter` waits for, and add `waiter` in the same turn: whatever happens in between then calls it.
   */
  add(waiter: Waiter, seen: number): void {
    // First: it throws if the stack is nearly full, and then nothing has changed.
    this.#arm(seen);
    if (this.#waiters.has(waiter)) return;
    this.#waiters.add(waiter);
    this.#countWaiter(waiter, 1);
  }

  /** Stops calling `waiter`. The native wait stays for others, and for the next waiter. */
  delete(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter)) return;
    this.#countWaiter(waiter, -1);
    this.#release();
  }

  /** Resolves after the next signal that differs from `seen`, or after about a second. Keeps the process alive. */
  next(seen: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.delete(waiter);
        resolve();
      };
      const waiter: Waiter = { keepsAlive: true, onSignal: end, onTick: end };
      this.add(waiter, seen);
    });
  }

  /** Whether nothing waits in this thread. A native wait may be left until the next signal. */
  get isIdle(): boolean {
    return this.#waiters.size === 0;
  }

  /** Whether this thread has closed its store. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Call it when this thread closes its store: ends the native wait as soon as nothing waits in this thread. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#waiters) waiter.onClose?.();
    this.#release();
  }

  /** Starts the native wait, unless it is pending: any signal that comes after `seen` was read then ends it. */
  #arm(seen: number): void {
    if (this.#isArmed) return;
    runWithoutContext(() => {
      // A watcher that has ended sends no more signals.
      const signal = this.#control.hasEnded ? undefined : this.#control.nextSignal(seen);
      if (signal === undefined) setImmediate(this.#wake);
      else void signal.then(this.#wake);
      this.#isArmed = true;
    });
  }

  readonly #wake = (): void => {
    // Read before the calls: whatever happens meanwhile gets another turn. Waiters that are added meanwhile wait for it.
    const { signal, hasEnded } = this.#control;
    for (const waiter of this.#waiters) waiter.onSignal();
    this.#isArmed = false;
    if (!this.isIdle && !hasEnded) this.#arm(signal);
  };

  /** Wakes all threads if only this thread's native wait is left of a closed store. The other threads wait again. */
  #release(): void {
    if (this.#isClosed && this.#isArmed && this.isIdle) this.#control.wakeAll();
  }

  #countWaiter(waiter: Waiter, change: 1 | -1): void {
    if (waiter.keepsAlive) this.#count.keepAlive += change;
    if (waiter.onTick !== undefined) this.#count.ticks += change;
    // One timer for all. It also keeps the process alive, which a native wait does not.
    const isNeeded = this.#count.keepAlive + this.#count.ticks > 0 || this.#detectDeath !== undefined;
    if (this.isIdle || !isNeeded) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#timer ??= runWithoutContext(() => setInterval(this.#tick, TICK_MS));
    if (this.#count.keepAlive > 0) this.#timer.ref();
    else this.#timer.unref();
  }

  readonly #tick = (): void => {
    this.#detectDeath?.();
    for (const waiter of this.#waiters) waiter.onTick?.();
  };
}
