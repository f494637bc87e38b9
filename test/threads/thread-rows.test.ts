/** Tests the rows of the threads that hold a store, as views take, update and free them. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ThreadRow } from '../../src/memory/thread-rows.js';
import { StoreView } from '../../src/view/view.js';
import { Base, integer, temporaryDirectory } from '../support/base.js';

const PATIENCE = { timeout: 30_000 };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function open() {
  const base = new Base({ shop: { size: integer(1) } });
  base.writeValues('shop', { size: 2 });
  const inspect = join(temporaryDirectory(), 's.sock');
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = openOptions({ directory: base.directory, pollInterval: null, inspect, logger });
  onTestFinished(() => store.close());
  const rows = store.handle.threads as SharedArrayBuffer;
  const taken = () => ThreadRow.list(rows).filter(({ threadId }) => threadId !== undefined);
  return { base, store, rows, taken };
}

describe('the row of a view', () => {
  it('A view takes a row through a handle, records what it adopts, and frees the row when it closes the store', async () => {
    const { base, store, taken } = open();
    const other = openOptions({ handle: structuredClone(store.handle) });
    expect(taken().map(({ generation }) => generation)).toEqual([1, 1]);
    base.writeValues('shop', { size: 3 });
    await store.refresh();
    expect(taken().map(({ generation }) => generation)).toEqual([2, 1]);
    expect(other.namespace('shop').get('size')).toBe(3);
    expect(taken().map(({ generation }) => generation)).toEqual([2, 2]);
    other.close();
    expect(taken()).toHaveLength(1);
    store.close();
    expect(taken()).toHaveLength(0);
  });

  it('A view that has closed the store no longer writes to its row, which another thread may have by then', async () => {
    const { base, store, rows } = open();
    const other = openOptions({ handle: structuredClone(store.handle) });
    const options = other.namespace('shop');
    other.close();
    const row = ThreadRow.take(rows, 99) as ThreadRow;
    row.ask();
    base.writeValues('shop', { size: 3 });
    await store.refresh();
    expect(options.get('size')).toBe(3);
    await new Promise((resolve) => setImmediate(resolve));
    expect(row).toMatchObject({ threadId: 99, generation: 0, isAnswered: false });
  });

  it('A handle without the rows of its store, or with rows of another size, is rejected', () => {
    const { handle } = open().store;
    const { length } = new Uint8Array(handle.threads as SharedArrayBuffer);
    for (const threads of [null, undefined, new SharedArrayBuffer(length - 8), new ArrayBuffer(length)]) {
      expect(() => openOptions({ handle: { ...handle, threads } as never })).toThrow(/Pass `store.handle` unmodified/);
    }
  });

  it('Nothing keeps a view of a store that has ended, nor its row', async () => {
    const { store, taken } = open();
    const views = [new WeakRef(new StoreView(structuredClone(store.handle)))];
    expect(taken()).toHaveLength(2);
    await store.close();
    await expect.poll(() => taken().length, PATIENCE).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(views.map((view) => view.deref())).toEqual([undefined]);
  });
});
