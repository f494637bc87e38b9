/** Tests the rows of the threads that hold a store. */
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createThreadRows, ThreadRow } from '../../src/memory/thread-rows.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A number above the kernel's largest one. */
const NO_THREAD = 2 ** 30;
const KERNEL = 1;

/** Calls `step` after the call number `count` of a method of `Atomics`. */
function interruptAtomics(count: number, step: () => void): void {
  let calls = 0;
  for (const name of ['load', 'store', 'compareExchange'] as const) {
    const call = Atomics[name].bind(Atomics) as (...args: unknown[]) => unknown;
    vi.spyOn(Atomics, name).mockImplementation(((...args: unknown[]) => {
      const result = call(...args);
      if (++calls === count) step();
      return result;
    }) as never);
  }
}

describe('ThreadRow', () => {
  it('A thread takes a free row, and frees it', () => {
    const rows = createThreadRows();
    const row = ThreadRow.take(rows, 0);
    expect(row?.threadId).toBe(0);
    expect(ThreadRow.list(rows).filter(({ threadId }) => threadId !== undefined)).toHaveLength(1);
    row?.free();
    expect(ThreadRow.list(rows).every(({ threadId }) => threadId === undefined)).toBe(true);
  });

  it('A thread without a row works without one: there are 64', () => {
    const rows = createThreadRows();
    const taken = Array.from({ length: 65 }, (_, threadId) => ThreadRow.take(rows, threadId)?.threadId);
    expect(taken).toEqual([...Array.from({ length: 64 }, (_, threadId) => threadId), undefined]);
  });

  it('A row records what the thread has adopted last', () => {
    const row = ThreadRow.take(createThreadRows(), 3) as ThreadRow;
    expect([row.generation, row.adoptedAt]).toEqual([0, 0]);
    row.adopt(7);
    const { adoptedAt } = row;
    expect(row.generation).toBe(7);
    expect(Math.abs(Date.now() - adoptedAt)).toBeLessThan(60_000);
    row.adopt(7);
    expect(row.adoptedAt).toBe(adoptedAt);
  });

  it('A question is open until the thread answers it', () => {
    const row = ThreadRow.take(createThreadRows(), 3) as ThreadRow;
    expect(row.isAnswered).toBe(true);
    row.ask();
    expect(row.isAnswered).toBe(false);
    row.answer();
    expect(row.isAnswered).toBe(true);
  });

  it('The row of another thread begins without what the former one has left', () => {
    const rows = createThreadRows();
    const former = ThreadRow.take(rows, 3) as ThreadRow;
    former.adopt(7);
    former.ask();
    former.free();
    const row = ThreadRow.take(rows, 4) as ThreadRow;
    expect(row).toMatchObject({ threadId: 4, generation: 0, adoptedAt: 0, isAnswered: true });
  });

  it.runIf(existsSync('/proc/self/task'))('A thread takes the row of a thread that has ended (only on Linux)', () => {
    const rows = createThreadRows();
    ThreadRow.take(rows, 3);
    new Int32Array(rows)[KERNEL] = NO_THREAD;
    ThreadRow.take(rows, 4);
    expect(ThreadRow.list(rows).flatMap(({ threadId }) => threadId ?? [])).toEqual([4]);
    // The thread lives.
    ThreadRow.take(rows, 5);
    expect(ThreadRow.list(rows).flatMap(({ threadId }) => threadId ?? [])).toEqual([4, 5]);
  });

  it.runIf(existsSync('/proc/self/task'))(
    'Two threads never take one row, whatever it was before (only on Linux)',
    () => {
      for (const isFree of [true, false]) {
        let isInterrupted = true;
        for (let count = 1; isInterrupted; count++) {
          const rows = createThreadRows();
          const former = ThreadRow.take(rows, 3) as ThreadRow;
          new Int32Array(rows)[KERNEL] = NO_THREAD;
          if (isFree) former.free();
          isInterrupted = false;
          interruptAtomics(count, () => {
            isInterrupted = true;
            ThreadRow.take(rows, 5);
          });
          ThreadRow.take(rows, 4);
          vi.restoreAllMocks();
          const threads = ThreadRow.list(rows).flatMap(({ threadId }) => threadId ?? []);
          expect(threads.sort(), `interrupted at ${count}`).toEqual(isInterrupted ? [4, 5] : [4]);
        }
      }
    },
  );
});
