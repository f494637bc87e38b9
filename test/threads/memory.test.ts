/** Tests what a thread holds of a store with many options. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { openOptions } from 'sentry-options';
import { expect, it, onTestFinished } from 'vitest';
import { GENERATION, locateSlot, SLOT_LENGTH } from '../../src/memory/cell/layout.js';
import { Base, integer } from '../support/base.js';
import { makeMemoryStore } from '../support/memory-store.js';

/** How often the values change while a worker reads them, and how large they are. */
const CHANGES = 60;
const TEXT_BYTES = 100_000;
const TEXT = { type: 'string', default: '', description: '' };

it.each(['reads', 'listens to an option', 'listens to reloads', 'evaluates all flags', 'answers OpenFeature'])(
  'A worker that %s at each change, and collects no garbage, holds two or three snapshots',
  async (way) => {
    const text = (generation: number) => `${generation}-`.padStart(5, '0').repeat(TEXT_BYTES / 5);
    const values = (generation: number) => ({ seer: { text: text(generation), number: generation } });
    const store = makeMemoryStore({ seer: { text: TEXT, number: integer(0) } }, values(1));
    const worker = new Worker(new URL('../fixtures/following-worker.mjs', import.meta.url), {
      workerData: { handle: store.handle, way },
      // No collection: garbage would stay.
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    onTestFinished(async () => void (await worker.terminate()));
    const ask = async (number: number): Promise<number> => {
      worker.postMessage(number);
      const [{ arrayBuffers }] = await once(worker, 'message');
      return arrayBuffers;
    };
    const before = await ask(1);
    const words = new Int32Array(store.handle.values);
    const snapshotBytes = words[locateSlot(words[GENERATION] as number) + SLOT_LENGTH] as number;
    let after = 0;
    for (let generation = 2; generation <= CHANGES; generation++) {
      store.publish(values(generation));
      after = await ask(generation);
    }
    // The second piece of memory, with its room; and a third one if a listener still had the former snapshot once.
    expect(after - before).toBeLessThan((way === 'reads' ? 1.5 : 2.5) * snapshotBytes);
  },
);

/** The begin of each name. A thread that holds a name holds a string that contains it. */
const MARKER = 'searched-in-shared-memory-';
const COUNT = 10_000;

it('A thread that read 10 of 10 000 options holds no other names, and little beside the snapshot', async () => {
  const names = Array.from({ length: COUNT }, (_, index) => `${MARKER}${index}`);
  const open = (namespace: string, keys: readonly string[]) => {
    const base = new Base({ [namespace]: Object.fromEntries(keys.map((key, index) => [key, integer(index)])) });
    // The rest have their default.
    const isSet = (_: string, index: number) => index % 2 === 0;
    base.writeValues(namespace, Object.fromEntries(keys.filter(isSet).map((key) => [key, -1])));
    const store = openOptions({ directory: base.directory, pollInterval: null });
    onTestFinished(() => store.close());
    return store.handle;
  };
  const handle = open('seer', names);
  const other = open('other', ['a', 'b']);
  const words = new Int32Array(handle.values);
  const snapshotBytes = words[locateSlot(words[GENERATION] as number) + SLOT_LENGTH] as number;
  const used = names.filter((_, index) => index % 1_001 === 1);
  const limit = 1.5 * snapshotBytes + 64 * 1024;
  let least = Number.POSITIVE_INFINITY;
  // V8 also allocates code, which has nothing to do with the store, whenever it wants: then again.
  for (let tries = 0; tries < 3 && least > limit; tries++) {
    const worker = new Worker(new URL('../fixtures/measuring-worker.mjs', import.meta.url), {
      workerData: { handle, other, keys: used, marker: MARKER },
    });
    const [answer] = await once(worker, 'message');
    await worker.terminate();
    expect(answer.values).toEqual([1, -1, 2_003, -1, 4_005, -1, 6_007, -1, 8_009, -1]);
    expect(answer.names).toEqual([...used].sort());
    expect(answer.arrayBuffers).toBeLessThan(snapshotBytes + 1024);
    least = Math.min(least, answer.heapUsed + answer.arrayBuffers);
  }
  expect(least).toBeLessThan(limit);
});
