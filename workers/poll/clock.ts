/** Time, as the watcher needs it: an interface, so that a test can run a day of it in a millisecond, and the real one. */

/** What the poll loop asks of time. */
export interface Clock {
  /** Milliseconds since 1970; may jump. */
  wallTime(): number;
  /** Milliseconds since any moment; never goes back. */
  monotonicTime(): number;
  /** Calls `callback` after `milliseconds`, unless the function that it returns is called before. */
  timer(milliseconds: number, callback: () => void): () => void;
}

/** The time of this machine. Its timers keep the thread alive. */
export const systemClock: Clock = {
  wallTime: Date.now,
  monotonicTime: () => performance.now(),
  timer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};
