/** A deadline for a wait in slices. Runs in any thread. */
import { monotonicTime } from './host-time.js';

/** How much longer than planned a slice may count: a busy machine wakes a thread late. */
const TOLERANCE = 1.25;
const TOLERANCE_MS = 10;

/**
 * A deadline that counts only the time in which this thread was awake. A process that was frozen (SIGSTOP, a paused
 * container) could not do what it waits for, so a slice counts for little more than its planned length.
 */
export class AwakeDeadline {
  #left: number;
  #since = monotonicTime();
  #slice = 0;

  constructor(milliseconds: number) {
    this.#left = milliseconds;
  }

  /** Returns the milliseconds to wait next, at most `most`; 0 if the deadline has passed. Call it before each slice. */
  nextSlice(most: number): number {
    const now = monotonicTime();
    this.#left -= Math.min(now - this.#since, this.#slice * TOLERANCE + TOLERANCE_MS);
    this.#since = now;
    this.#slice = Math.max(0, Math.min(most, this.#left));
    return this.#slice;
  }
}
