/** Tests the rows of the threads that hold a store. */
import { describe, expect, it } from 'vitest';
import { createThreadRows, ThreadRow } from '../../src/memory/thread-rows.js';

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
});
