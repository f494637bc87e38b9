/** Tests readers on several threads while a volume is swapped thousands of times the way the kubelet swaps it. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { close, init, type OptionsStore } from 'sentry-options';
import { ConfigMapVolume } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readValues } from '../../workers/values/read.js';
import { Base, integer } from '../support/base.js';
import { LIMITS } from '../support/limits.js';
import { countRounds } from '../support/rounds.js';

const VERSIONS = countRounds(2_000);
const READERS = 2;

/** Counts what must never happen; `reads` and `changes` show that there was something to read. */
interface Counts {
  reads: number;
  changes: number;
  defaults: number;
  mixed: number;
  backwards: number;
  last: number;
}

function startFixture(name: string, workerData: object): Worker {
  const worker = new Worker(new URL(`../fixtures/${name}`, import.meta.url), { workerData });
  onTestFinished(() => void worker.terminate());
  return worker;
}

/**
 * Reads on the main thread until `isOver()`, and polls after each batch: the watcher reads the volume without pause, so
 * that about one poll in a hundred coincides with a swap.
 */
async function readUntil(store: OptionsStore, namespaces: readonly string[], isOver: () => boolean): Promise<Counts> {
  const counts: Counts = { reads: 0, changes: 0, defaults: 0, mixed: 0, backwards: 0, last: 0 };
  while (!isOver()) {
    for (let round = 0; round < 10; round++) {
      const snapshot = store.snapshot();
      const numbers = namespaces.flatMap((name) => {
        const namespace = snapshot.namespace(name);
        return [namespace.get('a') as number, namespace.get('b') as number];
      });
      const first = numbers[0] as number;
      counts.reads++;
      if (numbers.includes(-1)) counts.defaults++;
      if (numbers.some((number) => number !== first)) counts.mixed++;
      if (first < counts.last) counts.backwards++;
      if (first > counts.last) counts.changes++;
      counts.last = first;
    }
    await store.refresh();
  }
  // A last read after the last change was published.
  counts.last = store.namespace(namespaces[0] as string).get('a') as number;
  return counts;
}

async function swap(base: Base, mount: string, files: Record<string, string>): Promise<Counts[]> {
  const volume = new ConfigMapVolume(mount);
  const text = JSON.stringify({ options: { a: 1, b: 1 } });
  volume.write(Object.fromEntries(Object.values(files).map((file) => [file, text])));
  const store = init({ directory: base.directory, pollInterval: 10 });
  onTestFinished(() => close());

  const namespaces = Object.keys(files);
  const stop = new SharedArrayBuffer(4);
  const readers = Array.from({ length: READERS }, () => startFixture('reading-worker.mjs', { stop, namespaces }));
  await Promise.all(readers.map((reader) => once(reader, 'message')));

  let isSwapping = true;
  const swapper = startFixture('swapping-worker.mjs', {
    directory: mount,
    versions: VERSIONS,
    files: Object.values(files),
  });
  void once(swapper, 'message').then(() => {
    isSwapping = false;
  });
  // Waits for the last version: if it is never read, the test hangs and fails.
  const last = store.namespace(namespaces[0] as string).option('a');
  const main = await readUntil(store, namespaces, () => !isSwapping && last.value === VERSIONS);
  const results = readers.map((reader) => once(reader, 'message') as Promise<[Counts]>);
  Atomics.store(new Int32Array(stop), 0, 1);
  const others = (await Promise.all(results)).map(([counts]) => counts);
  expect(store.status()).toMatchObject({ health: 'ok', lastError: null });
  return [main, ...others];
}

describe('a store during many swaps', () => {
  const options = { a: integer(-1), b: integer(-1) };

  it.each([
    ['a volume for one namespace', ['seer'], 'values/seer', (_name: string) => 'values.json'],
    ['one volume for two namespaces', ['relay', 'seer'], 'values', (name: string) => `${name}/values.json`],
  ])('Readers of %s see the last version, and never a mix or a default', async (_name, namespaces, mount, pathOf) => {
    const base = new Base(Object.fromEntries(namespaces.map((name) => [name, options])));
    const files = Object.fromEntries(namespaces.map((name) => [name, pathOf(name)]));
    const all = await swap(base, join(base.directory, mount), files);
    for (const { reads, changes, ...rest } of all) {
      expect(rest).toEqual({ defaults: 0, mixed: 0, backwards: 0, last: VERSIONS });
      expect(changes).toBeGreaterThan(1);
      expect(reads).toBeGreaterThan(countRounds(1_000));
    }
    console.log(
      `reads and changes of each thread: ${all.map(({ reads, changes }) => `${reads}/${changes}`).join(', ')}`,
    );
  });

  it('readValues() never finds the file missing', async () => {
    const base = new Base({ seer: options });
    const directory = join(base.directory, 'values/seer');
    new ConfigMapVolume(directory).write({ 'values.json': '{"options": {"a": 1, "b": 1}}' });
    const swapper = startFixture('swapping-worker.mjs', { directory, versions: VERSIONS, files: ['values.json'] });
    let isSwapping = true;
    void once(swapper, 'message').then(() => {
      isSwapping = false;
    });
    let reads = 0;
    let enoents = 0;
    const unexpected: unknown[] = [];
    while (isSwapping) {
      for (let round = 0; round < 50; round++) {
        reads++;
        // What a reader that does not retry would see.
        if (!existsSync(base.valuesFile('seer'))) enoents++;
        const content = readValues(base.directory, 'seer', LIMITS.fileBytes, () => {});
        if (content === undefined || content === 'swapped' || content.issue !== undefined) unexpected.push(content);
      }
      await setImmediate();
    }
    console.log(`${reads} reads, the file seemed to be missing ${enoents} times outside of them`);
    expect(unexpected).toEqual([]);
    expect(reads).toBeGreaterThan(VERSIONS);
  });
});
