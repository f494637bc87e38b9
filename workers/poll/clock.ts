/**
 * The watcher's clock: an interface, so that a test can simulate a day in a millisecond, and the system's clock. Runs
 * in the watcher thread.
 */
import { clearTimeout, monotonicTime, setTimeout, wallTime } from '../../src/common/host-time.js';

/** The time and the timers that polling needs. */
export interface Clock {
  /** Returns milliseconds since 1970. May jump in either direction. */
  wallTime(): number;
  /** Returns milliseconds since an arbitrary moment. Never goes back. */
  monotonicTime(): number;
  /** Calls `callback` after `milliseconds`. Returns a function that cancels the timer. */
  timer(milliseconds: number, callback: () => void): () => void;
}

/** The clock of this machine. Its timers keep the thread alive. */
export const systemClock: Clock = {
  wallTime,
  monotonicTime,
  timer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
