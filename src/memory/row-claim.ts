/**
 * Rows of shared memory that belong to one thread each. The first words of a row name its holder:
 *
 *     word 0   HOLDER    Node's number of the thread plus 1; 0 if the row is free; -1 while a thread takes it
 *          1   KERNEL    the kernel's number of the thread; 0 if it is not known
 *          2   STARTED   when the kernel started it, as in control-layout.ts
 *
 * A thread that was terminated cannot free its row. So a row whose holder has ended is free, too, as far as the kernel says.
 */
import { inspectThread, type KernelThread } from '../common/kernel-thread.js';

const HOLDER = 0;
const KERNEL = 1;
const STARTED = 2;

/** How many words of a row name its holder. */
export const HOLDER_WORDS = 3;

/** Values of HOLDER other than a thread. */
const FREE = 0;
const TAKING = -1;

/** Returns Node's number of the thread that holds the row; undefined if it is free. */
export function readHolder(row: Int32Array): number | undefined {
  const holder = Atomics.load(row, HOLDER);
  return holder > FREE ? holder - 1 : undefined;
}

/** Returns the thread that holds the row, as the kernel knows it. */
export function readKernelThread(row: Int32Array): KernelThread {
  return { id: Atomics.load(row, KERNEL), startedAt: Atomics.load(row, STARTED) };
}

/** Whether the kernel knows that the thread that holds the row has ended, for example because it was terminated. */
export function hasHolderEnded(row: Int32Array): boolean {
  return inspectThread(readKernelThread(row)) === 'ended';
}

/**
 * Takes the row for the calling thread, unless another one holds it.
 *
 * @param threadId Node's number of the calling thread
 * @param prepare called before the row has a holder again. A thread that is terminated meanwhile leaves the row taken for
 *   good, and V8 may terminate it at each call of a function: without one, at none
 */
export function takeRow(row: Int32Array, threadId: number, thread: KernelThread, prepare?: () => void): boolean {
  const holder = Atomics.load(row, HOLDER);
  if (holder === TAKING || (holder !== FREE && !hasHolderEnded(row))) return false;
  const { id, startedAt } = thread;
  if (Atomics.compareExchange(row, HOLDER, holder, TAKING) !== holder) return false;
  Atomics.store(row, STARTED, startedAt);
  Atomics.store(row, KERNEL, id);
  prepare?.();
  // Last: with the former thread's numbers, the row would look like one of an ended thread, and be taken again.
  Atomics.store(row, HOLDER, threadId + 1);
  return true;
}

/** Frees the row. Only its holder may call it. */
export function freeRow(row: Int32Array): void {
  Atomics.store(row, HOLDER, FREE);
}
