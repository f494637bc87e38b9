/**
 * This thread's own row among the threads that hold a store: takes it, keeps it up to date, and frees it. Runs in every
 * thread that reads, if the process can be asked. The rows are in `memory/thread-rows.ts`.
 */
import { threadId } from 'node:worker_threads';
import type { Control } from '../memory/control.js';
import { ThreadRow } from '../memory/thread-rows.js';
import type { SignalWait, Waiter } from './signal-wait.js';

/** The row of one view. */
export class OwnRow {
  /** Undefined if all rows are taken, the thread has closed the store, or the watcher has ended. */
  #row: ThreadRow | undefined;

  /** Answers the watcher's questions, which come with signals, as long as this thread's event loop turns. */
  constructor(threads: SharedArrayBuffer, wait: SignalWait, control: Control) {
    this.#row = ThreadRow.take(threads, threadId);
    if (this.#row === undefined) return;
    const end = () => {
      this.#free();
      wait.delete(waiter);
    };
    const waiter: Waiter = {
      keepsAlive: false,
      onSignal: () => {
        this.#row?.answer();
        // Nobody asks any more. The timer of the wait would keep the view, and the memory of the store.
        if (control.hasEnded) end();
      },
      onClose: end,
    };
    wait.add(waiter, control.signal);
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
