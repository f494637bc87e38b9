/**
 * The threads that hold a store, in shared memory: one row each, for the question which of them are behind or blocked.
 * Exists only if the process can be asked (setting `inspect`). Each thread writes its own row; the watcher asks.
 *
 *     Int32   THREAD        Node's number of the thread plus 1; 0 if the row is free; -1 while a thread takes it
 *             KERNEL        the kernel's number of the thread; 0 if it is not known
 *             STARTED       when the kernel started it, as in control-layout.ts
 *             GENERATION    the generation of the snapshot that the thread has adopted
 *             PING          the number of the watcher's last question whether the event loop turns; wraps
 *             PONG          the last question that the event loop has answered
 *             UNUSED        two words
 *     Int64   ADOPTED_AT    when the thread adopted that snapshot, in milliseconds since 1970
 */
import { wallTime } from '../common/host-time.js';
import { identifyThread, inspectThread, type KernelThread } from '../common/kernel-thread.js';

const ROW_COUNT = 64;
const ROW_BYTES = 40;
const ROW_WORDS = ROW_BYTES / Int32Array.BYTES_PER_ELEMENT;
const ROW_TIMES = ROW_BYTES / BigInt64Array.BYTES_PER_ELEMENT;

const THREAD = 0;
const KERNEL = 1;
const STARTED = 2;
const GENERATION = 3;
const PING = 4;
const PONG = 5;
const ADOPTED_AT = 4;

/** Values of THREAD other than a thread. */
const FREE = 0;
const TAKING = -1;

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
    const holder = Atomics.load(this.#words, THREAD);
    return holder > FREE ? holder - 1 : undefined;
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
    return { id: Atomics.load(this.#words, KERNEL), startedAt: Atomics.load(this.#words, STARTED) };
  }

  /** Whether the kernel knows that the thread has ended, for example because it was terminated. */
  get hasEnded(): boolean {
    return inspectThread(this.kernelThread) === 'ended';
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
    Atomics.store(this.#words, THREAD, FREE);
  }

  /** Takes the row unless another thread has it. Overwrites what the former thread has left. */
  #take(threadId: number, { id, startedAt }: KernelThread): boolean {
    const holder = Atomics.load(this.#words, THREAD);
    if (holder === TAKING || (holder !== FREE && !this.hasEnded)) return false;
    if (Atomics.compareExchange(this.#words, THREAD, holder, TAKING) !== holder) return false;
    Atomics.store(this.#words, STARTED, startedAt);
    Atomics.store(this.#words, KERNEL, id);
    Atomics.store(this.#words, GENERATION, 0);
    Atomics.store(this.#times, ADOPTED_AT, 0n);
    this.answer();
    // Last: with the former thread's numbers, the row would look like one of an ended thread, and be taken again.
    Atomics.store(this.#words, THREAD, threadId + 1);
    return true;
  }
}
