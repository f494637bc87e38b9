/** Tests a store whose published memory other code of the process overwrites. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { close, init, onReload, options, refresh, status } from 'sentry-options';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { GENERATION, HEADER_BYTES, locateSlot, SLOT_OFFSET } from '../../src/memory/cell/layout.js';
import { DESCRIBED, HEARTBEAT_AT, POLLED_AT } from '../../src/memory/control-layout.js';
import { Base, integer } from '../support/base.js';

/** For what comes on a turn of an event loop: on a busy machine, that takes a while. */
const PATIENCE = { timeout: 30_000 };

afterEach(() => close());

/** Starts a thread that answers questions about the store that it finds. */
function startThread(): (question: string) => Promise<{ value?: unknown; error?: Record<string, string> }> {
  const worker = new Worker(new URL('../fixtures/answering-worker.mjs', import.meta.url));
  onTestFinished(() => void worker.terminate());
  return async (question) => {
    worker.postMessage([question]);
    return (await once(worker, 'message'))[0];
  };
}

it.each([
  ['valid files', true],
  ['files that are invalid by now', false],
])('The watcher publishes overwritten values again, with %s', async (_files, areValid) => {
  const base = new Base({ seer: { number: integer(-1) } });
  base.writeValues('seer', { number: 2 });
  const errors: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (message: string) => void errors.push(message) };
  const { handle } = init({ directory: base.directory, pollInterval: null, logger });
  if (!areValid) base.writeValues('seer', { number: 'two' });
  const words = new Int32Array(handle.values);
  const payload = words[locateSlot(words[GENERATION] as number) + SLOT_OFFSET] as number;
  new Uint8Array(handle.values).fill(0, payload + 8, payload + 40);

  const events: number[] = [];
  onReload(({ generation }) => void events.push(generation));
  const ask = startThread();
  // A thread that has no values of its own: not the default.
  expect((await ask('get')).error).toMatchObject({ name: 'SnapshotUnreadableError', code: 'SNAPSHOT_UNREADABLE' });
  expect((await ask('status')).value).toMatchObject({
    health: 'degraded',
    reason: expect.stringContaining('This thread cannot read generation 1'),
  });
  expect(options('seer').get('number')).toBe(2);

  const refreshed = await refresh().catch((error) => error.code);
  expect(refreshed).toBe(areValid ? true : 'VALUES_INVALID');
  expect(await ask('get')).toEqual({ value: 2 });
  expect(options('seer').get('number')).toBe(2);
  expect(status()).toMatchObject({ generation: 2, health: areValid ? 'ok' : 'degraded' });
  await expect.poll(() => errors, PATIENCE).toEqual([expect.stringContaining('has overwritten the published values')]);
  // Not only with the next change of the files.
  await expect.poll(() => events, PATIENCE).toEqual([2]);
});

it('An overwritten number of the last reload does not outlive the next one', async () => {
  const base = new Base({ seer: { number: integer(-1) } });
  const store = init({ directory: base.directory, pollInterval: null });
  const events: number[][] = [];
  onReload(({ generation, previousGeneration }) => void events.push([previousGeneration, generation]));
  new Int32Array(store.handle.control)[DESCRIBED] = 1_000_000;
  expect(store.generation).toBe(1_000_000);

  base.writeValues('seer', { number: 2 });
  await refresh();
  expect(store.generation).toBe(2);
  expect(status().generation).toBe(2);
  // Before it, an event may have had the overwritten number.
  await expect.poll(() => events.at(-1)?.[1], PATIENCE).toBe(2);
  base.writeValues('seer', { number: 3 });
  expect(await refresh()).toBe(true);
  await expect.poll(() => events.at(-1), PATIENCE).toEqual([2, 3]);
});

it('A thread whose store has overwritten names reads the options that it has found before, and throws for others', async () => {
  const base = new Base({ seer: { number: integer(-1), other: integer(-2) } });
  base.writeValues('seer', {});
  const { handle } = init({ directory: base.directory, pollInterval: null });
  const ask = startThread();
  expect(await ask('generation')).toEqual({ value: 1 });
  expect(options('seer').get('number')).toBe(-1);
  new Uint8Array(handle.catalog).fill(0, -16);
  expect(options('seer').get('number')).toBe(-1);
  for (const read of [
    () => options('seer').get('other'),
    () => options('seer').keys(),
    () => options('relay').keys(),
  ]) {
    expect(read).toThrow('This thread cannot read the catalog: CatalogCorruptedError');
  }
  // This thread found the option when it loaded its code, and reads its value now.
  expect(await ask('get')).toEqual({ value: -1 });
  expect(await ask('health')).toEqual({ value: 'degraded' });
});

it('The watcher writes an overwritten status again, and leaves the values as they are', async () => {
  const base = new Base({ seer: { number: integer(-1) } });
  const errors: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (message: string) => void errors.push(message) };
  const { handle } = init({ directory: base.directory, pollInterval: null, logger });
  base.writeValues('seer', { number: 2 });
  expect(await refresh()).toBe(true);
  const ask = startThread();
  const isOk = { value: expect.objectContaining({ health: 'ok', generation: 2 }) };
  const damages: (() => void)[] = [
    () => void new Uint8Array(handle.status).fill(7, HEADER_BYTES),
    () => void new Uint8Array(handle.status).fill(7),
  ];
  for (const damage of damages) {
    damage();
    expect(await refresh()).toBe(false);
    expect(status()).toMatchObject({ health: 'ok', generation: 2 });
    expect(await ask('status')).toEqual(isOk);
    expect(await refresh()).toBe(false);
  }
  await expect
    .poll(() => errors, PATIENCE)
    .toEqual(damages.map(() => expect.stringContaining('has overwritten the status in shared memory')));
});

it('A store whose times are overwritten with no date says no time, closes, and leaves the thread to the next store', async () => {
  const base = new Base({ seer: { number: integer(-1) } });
  base.writeValues('seer', { number: 2 });
  const first = init({ directory: base.directory, pollInterval: null });
  const times = new BigInt64Array(first.handle.control);
  times[POLLED_AT] = 2n ** 62n;
  times[HEARTBEAT_AT] = 2n ** 62n;
  expect(status()).toMatchObject({ health: 'ok', lastPollAt: null, heartbeatAt: null });
  await close();
  expect(status()).toMatchObject({ health: 'closed', lastPollAt: null });
  expect(init({ directory: base.directory, pollInterval: null })).not.toBe(first);
  expect(status().health).toBe('ok');
});
