/**
 * The rows in which threads count what flags answer, one for each thread. Any thread may import it. Behind the tables of
 * `usage-memory.ts`, each row has
 *
 *     words 0 to 2   the thread that holds it (row-claim.ts)
 *           3        CARRYING   odd while the thread carries
 *     then           for each flag two words: how many answers were off, and how many were on
 *
 * A row is never cleared. The thread that takes it from one that has ended counts on, so the sum over all rows is exact
 * whatever threads come and go. A word that is full is carried into the tables.
 */
import type { KernelThread } from '../common/kernel-thread.js';
import { HOLDER_WORDS, readHolder, takeRow } from './row-claim.js';

const CARRYING = HOLDER_WORDS;
const HEADER_WORDS = HOLDER_WORDS + 1;
const WORD = Int32Array.BYTES_PER_ELEMENT;

/** The most threads that count at a time. */
export const MAX_COUNTING_THREADS = 128;

/** Returns how many words a row has. */
export function countRowWords(flagCount: number): number {
  return HEADER_WORDS + 2 * flagCount;
}

/** One thread's access to the rows of all threads. */
export class UsageRows {
  readonly #buffer: SharedArrayBuffer;
  /** The first word of the rows in the buffer. */
  readonly #start: number;
  readonly #rowWords: number;
  readonly #rows: Int32Array[] = [];

  constructor(buffer: SharedArrayBuffer, start: number, flagCount: number) {
    this.#buffer = buffer;
    this.#start = start;
    this.#rowWords = countRowWords(flagCount);
  }

  /** Returns all rows that there are, also free ones. */
  list(): readonly Int32Array[] {
    const count = Math.floor((this.#buffer.byteLength / WORD - this.#start) / this.#rowWords);
    // Never more: other code may have overwritten what the size of a row is computed from.
    while (this.#rows.length < Math.min(count, MAX_COUNTING_THREADS)) {
      const at = this.#start + this.#rows.length * this.#rowWords;
      this.#rows.push(new Int32Array(this.#buffer, WORD * at, this.#rowWords));
    }
    return this.#rows;
  }

  /**
   * Returns the calling thread's row: the one that it has, a free one, one whose thread has ended, or a new one. Undefined if
   * there is none.
   */
  take(threadId: number, thread: KernelThread): Int32Array | undefined {
    for (;;) {
      const rows = this.list();
      const row =
        rows.find((each) => readHolder(each) === threadId) ?? rows.find((each) => takeRow(each, threadId, thread));
      if (row !== undefined) {
        endCarry(row);
        return row;
      }
      if (!this.#add(rows.length)) return undefined;
    }
  }

  /** Returns the word of a row that counts the answers `off` of a flag; the next one counts `on`. */
  wordOf(flag: number): number {
    return HEADER_WORDS + 2 * flag;
  }

  /** Returns the flag whose answers a word counts: `side` is 0 for `off`, and 1 for `on`. */
  flagOf(word: number): { readonly flag: number; readonly side: number } {
    return { flag: (word - HEADER_WORDS) >> 1, side: (word - HEADER_WORDS) & 1 };
  }

  /** Returns the sum of a word over all rows. */
  sum(word: number): number {
    return this.list().reduce((sum, row) => sum + (Atomics.load(row, word) >>> 0), 0);
  }

  /**
   * Counts one more answer in a word that is full: `table[at]` counts how often that happened. Only the row's thread may
   * call it.
   */
  carry(row: Int32Array, word: number, table: Int32Array, at: number): void {
    // No calls of functions here: V8 may terminate a thread at each.
    Atomics.add(row, CARRYING, 1);
    Atomics.add(table, at, 1);
    Atomics.store(row, word, 0);
    Atomics.add(row, CARRYING, 1);
  }

  /** Returns what changes as soon as a thread carries; undefined if one does now. */
  readCarrying(): string | undefined {
    const words = this.list().map((row) => Atomics.load(row, CARRYING));
    return words.every((word) => word % 2 === 0) ? words.join() : undefined;
  }

  /** Adds a row to `count` rows, unless another thread has done that. Returns false if there may be no more. */
  #add(count: number): boolean {
    if (count >= MAX_COUNTING_THREADS) return false;
    try {
      this.#buffer.grow(WORD * (this.#start + (count + 1) * this.#rowWords));
      return true;
    } catch {
      // Another thread has added more rows meanwhile, or there is no memory.
      return this.list().length > count;
    }
  }
}

/** Ends the carry that the row's last thread was terminated in: or else the next one would make the number even. */
function endCarry(row: Int32Array): void {
  if (Atomics.load(row, CARRYING) % 2 !== 0) Atomics.add(row, CARRYING, 1);
}
