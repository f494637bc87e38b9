/**
 * The threads that hold a store, in shared memory: one row each, for the question which of them are behind or blocked.
 * Exists only if the process can be asked (setting `inspect`). Each thread writes its own row; the watcher asks.
 *
 *     Int32   three words that name the thread: row-claim.ts
 *             GENERATION    the generation of the snapshot that the thread has adopted
 *             PING          the number of the watcher's last question whether the event loop turns; wraps
 *             PONG          the last question that the event loop has answered
 *             UNUSED        two words
 *     Int64   ADOPTED_AT    when the thread adopted that snapshot, in milliseconds since 1970
 */
import { wallTime } from '../common/host-time.js';
import { identifyThread, type KernelThread } from '../common/kernel-thread.js';
import { freeRow, HOLDER_WORDS, hasHolderEnded, readHolder, readKernelThread, takeRow } from './row-claim.js';

const ROW_COUNT = 64;
const ROW_BYTES = 40;
const ROW_WORDS = ROW_BYTES / Int32Array.BYTES_PER_ELEMENT;
const ROW_TIMES = ROW_BYTES / BigInt64Array.BYTES_PER_ELEMENT;

const GENERATION = HOLDER_WORDS;
const PING = 4;
const PONG = 5;
const ADOPTED_AT = 4;

/** Allocates the rows of a store. */
export function createThreadRows(): SharedArrayBuffer {
  return new SharedArrayBuffer(ROW_COUNT * ROW_BYTES);
}

/** Whether `buffer` has the size of rows. */
export function areThreadRows(buffer: SharedArrayBuffer): boolean {
  return buffer.byteLength === ROW_COUNT * ROW_BYTES;
}

/** One thread's row. */
export class ThreadRow {
  readonly #words: Int32Array;
  readonly #times: BigInt64Array;

  /** @param row the number of the row, from 0 */
  private constructor(buffer: SharedArrayBuffer, row: number) {
    this.#words = new Int32Array(buffer, row * ROW_BYTES, ROW_WORDS);
    this.#times = new BigInt64Array(buffer, row * ROW_BYTES, ROW_TIMES);
  }

  /** Takes a free row, or one whose thread has ended, for the calling thread. Undefined if there is none. */
  static take(buffer: SharedArrayBuffer, threadId: number): ThreadRow | undefined {
    const thread = identifyThread();
    return ThreadRow.list(buffer).find((row) => row.#take(threadId, thread));
  }

  /** Returns all rows, also free ones. */
  static list(buffer: SharedArrayBuffer): ThreadRow[] {
    return Array.from({ length: ROW_COUNT }, (_, row) => new ThreadRow(buffer, row));
  }

  /** Node's number of the thread; undefined if the row is free. */
  get threadId(): number | undefined {
    return readHolder(this.#words);
  }

  /** The generation of the snapshot that the thread has adopted; 0 if it has none. */
  get generation(): number {
    return Atomics.load(this.#words, GENERATION);
  }

  /** When the thread adopted it, in milliseconds since 1970. */
  get adoptedAt(): number {
    return Number(Atomics.load(this.#times, ADOPTED_AT));
  }

  /** The thread, as the kernel knows it. */
  get kernelThread(): KernelThread {
    return readKernelThread(this.#words);
  }

  /** Whether the kernel knows that the thread has ended, for example because it was terminated. */
  get hasEnded(): boolean {
    return hasHolderEnded(this.#words);
  }

  /** The thread only: records that it has adopted a snapshot. */
  adopt(generation: number): void {
    if (this.generation === generation) return;
    Atomics.store(this.#words, GENERATION, generation);
    Atomics.store(this.#times, ADOPTED_AT, BigInt(wallTime()));
  }

  /** The thread only, on a turn of its event loop: answers the watcher's last question, if there is one. */
  answer(): void {
    Atomics.store(this.#words, PONG, Atomics.load(this.#words, PING));
  }

  /** The watcher only: asks whether the event loop turns. The caller wakes the threads. */
  ask(): void {
    Atomics.add(this.#words, PING, 1);
  }

  /** Whether the last question is answered. */
  get isAnswered(): boolean {
    return Atomics.load(this.#words, PONG) === Atomics.load(this.#words, PING);
  }

  /** The thread only: frees the row. */
  free(): void {
    freeRow(this.#words);
  }

  /** Takes the row unless another thread has it. Overwrites what the former thread has left. */
  #take(threadId: number, thread: KernelThread): boolean {
    return takeRow(this.#words, threadId, thread, () => {
      Atomics.store(this.#words, GENERATION, 0);
      Atomics.store(this.#times, ADOPTED_AT, 0n);
      this.answer();
    });
  }
}
