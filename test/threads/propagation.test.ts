/** Tests `onPropagation`, which runs for each new `generated_at` in the thread that started the store. */
import { setImmediate } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { type OptionsConfig, openOptions } from 'sentry-options';
import { expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';

const FIRST = '2026-01-21T18:30:00+00:00';

function makeBase(): Base {
  const base = new Base({ relay: { number: integer(1) }, seer: { number: integer(1) } });
  write(base, 'relay', 1, FIRST);
  write(base, 'seer', 1, FIRST);
  return base;
}

function write(base: Base, namespace: string, number: number, generated_at?: string): void {
  base.writeText(namespace, JSON.stringify({ options: { number }, generated_at }));
}

function open(base: Base, config: OptionsConfig) {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = openOptions({ directory: base.directory, pollInterval: null, logger, ...config });
  onTestFinished(() => store.close());
  return store;
}

async function waitUntil(isReached: () => boolean): Promise<void> {
  while (!isReached()) await setImmediate();
}

it('onPropagation runs for each namespace with a new generated_at and receives the delay of status()', async () => {
  const base = makeBase();
  const calls: [string, number, number][] = [];
  const store = open(base, { onPropagation: (name, delaySecs) => void calls.push([name, delaySecs, threadId]) });
  const generatedAt = new Date(Date.now() - 5_000).toISOString();
  write(base, 'seer', 2, generatedAt);
  await store.refresh();
  await waitUntil(() => calls.length > 0);
  expect(calls).toEqual([['seer', store.status().namespaces.seer?.delaySecs, threadId]]);
  expect(calls[0]?.[1]).toBeGreaterThanOrEqual(5);

  // Other values with the same time, an invalid time, no time, and a rejection: nothing to measure.
  write(base, 'seer', 3, generatedAt);
  await store.refresh();
  write(base, 'seer', 3, 'yesterday');
  await store.refresh();
  write(base, 'relay', 3);
  await store.refresh();
  base.writeText('relay', '{"options": {"number": "many"}, "generated_at": "2026-01-22T18:30:00Z"}');
  await expect(store.refresh()).rejects.toThrow('many');
  // Messages arrive in order: once this call arrives, no earlier call is outstanding.
  write(base, 'relay', 4, '2999-01-01T00:00:00Z');
  await store.refresh();
  await waitUntil(() => calls.length > 1);
  expect(calls.slice(1)).toEqual([['relay', 0, threadId]]);
});

it.each([
  [
    'throws',
    () => {
      throw new Error('a bug of the host');
    },
  ],
  ['rejects', () => Promise.reject(new Error('a bug of the host'))],
])('An onPropagation callback that %s is logged and called again next time', async (_name, fail) => {
  const base = makeBase();
  const errors: string[] = [];
  let calls = 0;
  const store = open(base, {
    logger: { debug() {}, info() {}, warn() {}, error: (message) => void errors.push(message) },
    onPropagation: () => {
      calls++;
      return fail();
    },
  });
  for (const number of [2, 3]) {
    write(base, 'seer', number, new Date(Date.now() - number * 1_000).toISOString());
    await store.refresh();
    await waitUntil(() => calls === number - 1);
  }
  const error = expect.stringMatching(
    /^The listener onPropagation failed: Error: a bug of the host\n +at .*propagation\.test\.ts/,
  );
  expect(errors).toEqual([error, error]);
  expect(store.status()).toMatchObject({ health: 'ok', watcher: 'running', generation: 3 });
});

it('onPropagation runs for earlier publications before close() resolves', async () => {
  const base = makeBase();
  const calls: string[] = [];
  const store = open(base, { onPropagation: (name) => void calls.push(name) });
  write(base, 'seer', 2, new Date().toISOString());
  // Without a turn of the event loop, so that the message is still queued.
  store.refreshSync();
  expect(calls).toEqual([]);
  await store.close();
  expect(calls).toEqual(['seer']);
});
