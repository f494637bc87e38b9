/** `GET /threads`: which threads hold the store, which of them are behind, and whose event loop does not turn. */

import { monotonicTime, sleep } from '../../../src/common/host-time.js';
import { inspectThread } from '../../../src/common/kernel-thread.js';
import { ThreadRow } from '../../../src/memory/thread-rows.js';
import type { ThreadAnswer, ThreadsAnswer } from '../../../src/status/answers.js';
import type { StoreView } from '../../../src/view/view.js';

/** How long a thread may take to answer before it counts as silent, in milliseconds; and how often that is checked. */
const PATIENCE_MS = 100;
const CHECK_MS = 5;

/** The rows of one store, and since when their threads are silent. */
export class Threads {
  readonly #rows: readonly ThreadRow[];
  /** Since when a question to the thread of a row is open, by the monotonic clock. */
  readonly #silentSince = new Map<ThreadRow, number>();
  #pending: Promise<void> | undefined;

  constructor(threads: SharedArrayBuffer | null) {
    this.#rows = threads === null ? [] : ThreadRow.list(threads);
  }

  /** Asks all threads, and waits for their answers for a moment. Requests at one time share one question. */
  async answer(view: StoreView): Promise<ThreadsAnswer> {
    this.#pending ??= this.#ask(() => view.control.wakeAll()).finally(() => {
      this.#pending = undefined;
    });
    await this.#pending;
    const owner = view.control.owner.id;
    const { generation } = view.adopt();
    const threads = this.#taken().map((row): ThreadAnswer => {
      const activity = inspectThread(row.kernelThread);
      const since = this.#silentSince.get(row);
      return {
        threadId: row.threadId as number,
        isMain: row.threadId === 0,
        isOwner: owner !== 0 && row.kernelThread.id === owner,
        generation: row.generation,
        adoptedAt: row.adoptedAt === 0 ? null : new Date(row.adoptedAt).toISOString(),
        isBehind: row.generation < generation,
        responds: since === undefined,
        silentMs: since === undefined ? null : Math.round(monotonicTime() - since),
        activity: typeof activity !== 'object' ? null : activity.isRunnable ? 'running' : 'sleeping',
      };
    });
    // The main thread has the smallest id. The rows are in the order in which the threads took them.
    threads.sort((a, b) => a.threadId - b.threadId);
    return { generation: view.generation, threads, isFull: threads.length === this.#rows.length };
  }

  async #ask(wake: () => void): Promise<void> {
    const now = monotonicTime();
    for (const row of this.#taken()) {
      // An open question stays open: the thread is silent since then.
      if (!row.isAnswered) continue;
      this.#silentSince.delete(row);
      row.ask();
    }
    wake();
    for (let waited = 0; waited < PATIENCE_MS; waited += CHECK_MS) {
      await sleep(CHECK_MS);
      if (this.#taken().every((row) => row.isAnswered)) break;
    }
    for (const row of this.#rows) {
      if (row.threadId === undefined || row.isAnswered) this.#silentSince.delete(row);
      else if (!this.#silentSince.has(row)) this.#silentSince.set(row, now);
    }
  }

  /** The rows of threads that live, as far as the kernel knows. */
  #taken(): readonly ThreadRow[] {
    return this.#rows.filter((row) => row.threadId !== undefined && !row.hasEnded);
  }
}
