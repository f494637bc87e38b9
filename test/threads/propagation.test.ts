/** `onPropagation`: told of a namespace's new `generated_at`, in the thread that started the store. */
import { setImmediate } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { type OptionsConfig, openOptions } from 'sentry-options';
import { expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';

const FIRST = '2026-01-21T18:30:00+00:00';

function base(): Base {
  const made = new Base({ relay: { number: integer(1) }, seer: { number: integer(1) } });
  write(made, 'relay', 1, FIRST);
  write(made, 'seer', 1, FIRST);
  return made;
}

function write(made: Base, namespace: string, number: number, generated_at?: string): void {
  made.writeText(namespace, JSON.stringify({ options: { number }, generated_at }));
}

function open(made: Base, config: OptionsConfig) {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const store = openOptions({ directory: made.directory, pollInterval: null, logger, ...config });
  onTestFinished(() => store.close());
  return store;
}

async function until(isReached: () => boolean): Promise<void> {
  while (!isReached()) await setImmediate();
}

it('is called for each namespace with a new generated_at, with the delay that status() tells, and for no other', async () => {
  const made = base();
  const heard: [string, number, number][] = [];
  const store = open(made, { onPropagation: (name, delaySecs) => void heard.push([name, delaySecs, threadId]) });
  const generatedAt = new Date(Date.now() - 5_000).toISOString();
  write(made, 'seer', 2, generatedAt);
  await store.refresh();
  await until(() => heard.length > 0);
  expect(heard).toEqual([['seer', store.status().namespaces.seer?.delaySecs, threadId]]);
  expect(heard[0]?.[1]).toBeGreaterThanOrEqual(5);

  // Other values of the same time, a time that is none, none at all, and a rejection: nothing to measure.
  write(made, 'seer', 3, generatedAt);
  await store.refresh();
  write(made, 'seer', 3, 'yesterday');
  await store.refresh();
  write(made, 'relay', 3);
  await store.refresh();
  made.writeText('relay', '{"options": {"number": "many"}, "generated_at": "2026-01-22T18:30:00Z"}');
  await expect(store.refresh()).rejects.toThrow('many');
  // Messages come in their order: when this one is there, nothing is left of those before.
  write(made, 'relay', 4, '2999-01-01T00:00:00Z');
  await store.refresh();
  await until(() => heard.length > 1);
  expect(heard.slice(1)).toEqual([['relay', 0, threadId]]);
});

it('that throws is logged, and called again the next time', async () => {
  const made = base();
  const said: string[] = [];
  let calls = 0;
  const store = open(made, {
    logger: { debug() {}, info() {}, warn() {}, error: (message) => void said.push(message) },
    onPropagation: () => {
      calls++;
      throw new Error('a bug of the host');
    },
  });
  for (const number of [2, 3]) {
    write(made, 'seer', number, new Date(Date.now() - number * 1_000).toISOString());
    await store.refresh();
    await until(() => calls === number - 1);
  }
  const error = expect.stringMatching(
    /^onPropagation has thrown: Error: a bug of the host\n +at .*propagation\.test\.ts/,
  );
  expect(said).toEqual([error, error]);
  expect(store.status()).toMatchObject({ health: 'ok', watcher: 'running', generation: 3 });
});

it('hears before close() resolves of what was published before', async () => {
  const made = base();
  const heard: string[] = [];
  const store = open(made, { onPropagation: (name) => void heard.push(name) });
  write(made, 'seer', 2, new Date().toISOString());
  // No turn of the event loop, so that the message waits for one.
  store.refreshSync();
  expect(heard).toEqual([]);
  await store.close();
  expect(heard).toEqual(['seer']);
});
