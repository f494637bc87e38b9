/**
 * This thread's own row among the threads that hold a store: takes it, keeps it up to date, and frees it. Runs in every
 * thread that reads, if the process can be asked. The rows are in `memory/thread-rows.ts`.
 */
import { threadId } from 'node:worker_threads';
import { ThreadRow } from '../memory/thread-rows.js';
import type { SignalWait, Waiter } from './signal-wait.js';

/** The row of one view. */
export class OwnRow {
  /** Undefined if all rows are taken, or the thread has closed the store. */
  #row: ThreadRow | undefined;

  /** Answers the watcher's questions, which come with signals after `seen`, as long as this thread's event loop turns. */
  constructor(threads: SharedArrayBuffer, wait: SignalWait, seen: number) {
    this.#row = ThreadRow.take(threads, threadId);
    if (this.#row === undefined) return;
    const waiter: Waiter = {
      keepsAlive: false,
      onSignal: () => this.#row?.answer(),
      onClose: () => {
        this.#free();
        wait.delete(waiter);
      },
    };
    wait.add(waiter, seen);
  }

  /** Records the generation of the snapshot that this thread has adopted; 0 if it has none. */
  adopt(generation: number): void {
    this.#row?.adopt(generation);
  }

  #free(): void {
    const row = this.#row;
    // Before another thread can take it: what this thread still reads may adopt newer snapshots.
    this.#row = undefined;
    row?.free();
  }
}
