/** Tests on real files with a real watcher. They run in any runner with `describe`, `test` and `expect`. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  AlreadyInitializedError,
  close,
  init,
  NotInitializedError,
  OptionsError,
  onReload,
  options,
  snapshot,
  status,
  UnknownOptionError,
  ValuesError,
  WatcherError,
} from 'sentry-options';
import { ConfigMapVolume, crashWatcher } from 'sentry-options/testing';
import { attempt, schemas } from '../service.js';

let directory;
let volume;
let store;

/** Counts the attempts of a job that never succeeds. */
async function countAttempts() {
  let count = 0;
  const job = () => {
    count++;
    throw new Error('not this time');
  };
  await attempt(job).catch(() => {});
  return count;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'service-'));
  volume = new ConfigMapVolume(join(directory, 'values/seer'));
  volume.writeValues({ 'max-attempts': 2 });
  store = init({ directory, schemas, pollInterval: null });
});

afterEach(async () => {
  await close();
  rmSync(directory, { recursive: true });
});

test('The service reads the deployed values and uses changes', async () => {
  expect(await countAttempts()).toBe(2);
  volume.writeValues({ 'max-attempts': 5 });
  expect(await store.refresh()).toBe(true);
  expect(await countAttempts()).toBe(5);
  volume.empty();
  await store.refresh();
  expect(await countAttempts()).toBe(3);
});

test('An invalid change is rejected with an error of the imported class', async () => {
  volume.writeValues({ 'max-attempts': 'many' });
  const error = await store.refresh().then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ValuesError);
  expect(error).toBeInstanceOf(OptionsError);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: 'VALUES_INVALID', name: 'ValuesError', namespace: 'seer', key: 'max-attempts' });
  expect(error.issues).toStrictEqual([
    {
      file: join(directory, 'values/seer/values.json'),
      namespace: 'seer',
      pointer: 'max-attempts',
      message: '"many" is not of type "integer"',
    },
  ]);
  expect(await countAttempts()).toBe(2);
  expect(status()).toMatchObject({ health: 'degraded', watcher: 'running' });
});

test('A half-written file is rejected', async () => {
  volume.tear();
  await expect(store.refresh()).rejects.toThrow(/Failed to parse JSON: .* at line 1 column \d+/);
  expect(() => store.refreshSync()).toThrow(ValuesError);
  expect(await countAttempts()).toBe(2);
});

test('Objects are frozen, have ordinary prototypes, and can be cloned', () => {
  const limits = options('seer').get('limits');
  expect(limits).toStrictEqual({ perMinute: 100, tiers: ['free'] });
  expect(Object.getPrototypeOf(limits)).toBe(Object.prototype);
  expect(Array.isArray(limits.tiers)).toBe(true);
  expect(limits.tiers).toBeInstanceOf(Array);
  expect(() => limits.tiers.push('paid')).toThrow(TypeError);
  expect(options('seer').get('limits')).toBe(limits);
  const clone = structuredClone(limits);
  clone.tiers.push('paid');
  expect(clone).toEqual({ perMinute: 100, tiers: ['free', 'paid'] });
  expect(JSON.parse(JSON.stringify(snapshot())).namespaces.seer.limits).toEqual(limits);
});

test('Each misuse throws its own class of error', () => {
  expect(() => options('seer').get('max-attempt')).toThrow(UnknownOptionError);
  expect(() => options('seer').get('feature.summaries')).toThrow(OptionsError);
  expect(() => init({ directory: tmpdir() })).toThrow(AlreadyInitializedError);
  expect(init()).toBe(store);
});

test('A worker of the test reads the same store', async () => {
  const worker = new Worker(resolve('worker.js'));
  expect(await once(worker, 'message')).toEqual([2]);
  volume.writeValues({ 'max-attempts': 9 });
  await store.refresh();
  worker.postMessage('again');
  expect(await once(worker, 'message')).toEqual([9]);
  await worker.terminate();
});

test('A listener receives a change that a timed poll finds', async () => {
  await close();
  init({ directory, schemas, pollInterval: 10 });
  const event = new Promise((resolve) => {
    onReload(resolve);
  });
  volume.writeValues({ 'max-attempts': 7 });
  expect((await event).changes).toEqual([{ namespace: 'seer', key: 'max-attempts', oldValue: 2, newValue: 7 }]);
  expect(await countAttempts()).toBe(7);
});

test('changes() delivers events until the store is closed', async () => {
  const generations = [];
  const done = (async () => {
    for await (const { generation } of store.changes()) {
      generations.push(generation);
      if (generation === 3) void close();
      else volume.writeValues({ 'max-attempts': generation + 10 });
      void store.refresh().catch(() => {});
    }
  })();
  volume.writeValues({ 'max-attempts': 10 });
  await store.refresh();
  await done;
  expect(generations).toEqual([2, 3]);
});

test('The service keeps its values after a crash of the watcher', async () => {
  await crashWatcher(store);
  expect(status()).toMatchObject({ health: 'crashed', watcher: 'crashed' });
  const error = await store.refresh().catch((reason) => reason);
  expect(error).toBeInstanceOf(WatcherError);
  expect(error.code).toBe('WATCHER_CRASHED');
  expect(await countAttempts()).toBe(2);
});

test('close() removes the store, and init() can start another', async () => {
  await close();
  await expect(countAttempts()).resolves.toBe(1);
  expect(() => options('seer').keys()).toThrow(NotInitializedError);
  volume.writeValues({ 'max-attempts': 4 });
  init({ directory, schemas, pollInterval: null });
  expect(await countAttempts()).toBe(4);
});
