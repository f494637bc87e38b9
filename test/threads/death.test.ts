/** Terminates writers in the middle of publications, and tests that every reader keeps a whole snapshot. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { openOptions } from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { expect, it, onTestFinished } from 'vitest';
import { createCell, GENERATION, locateSlot, SLOT_GENERATION, SLOTS } from '../../src/memory/cell/layout.js';
import { CellReader } from '../../src/memory/cell/reader.js';
import { Base, integer } from '../support/base.js';
import { bundleText } from '../support/bundle.js';
import { countRounds } from '../support/rounds.js';
import { describePayload } from './payload-check.js';

const ROUNDS = countRounds(200);
/** Enough to hit the middle of a publication at least once: on a busy machine, one termination in twenty does. */
const MAX_ROUNDS = 400;

it('Readers keep whole payloads while many writers die, some of them in the middle of a publication', async () => {
  const acquiring = new Worker(await bundleText('test/threads/acquiring-thread.ts'), { eval: true });
  onTestFinished(() => void acquiring.terminate());
  const source = await bundleText('test/threads/publishing-thread.ts');
  let interrupted = 0;
  let round = 0;
  for (; round < ROUNDS || (interrupted === 0 && round < MAX_ROUNDS); round++) {
    const cell = createCell();
    const reader = new CellReader(cell);
    const writer = new Worker(source, { eval: true, workerData: { cell } });
    await once(writer, 'message');
    // Acquires while the writer runs, so that some copies race with it; each round lasts a little longer.
    let last = 0;
    for (let acquires = 0; acquires < round % 20; acquires++) {
      const acquired = reader.acquire(last);
      if (acquired === undefined) continue;
      expect(describePayload(acquired)).toEqual({ generation: acquired.generation, isWhole: true });
      expect(acquired.generation).toBeGreaterThan(last);
      last = acquired.generation;
    }
    await writer.terminate();

    const published = reader.header[GENERATION] as number;
    const slots = Array.from(
      { length: SLOTS },
      (_, slot) => reader.header[locateSlot(slot) + SLOT_GENERATION] as number,
    );
    // An emptied slot that was not filled again: the writer died in between.
    if (published >= SLOTS && slots.includes(0)) interrupted++;
    expect(describePayload(reader.acquire(0))).toEqual({ generation: published, isWhole: true });
    acquiring.postMessage(cell);
    const [seen] = await once(acquiring, 'message');
    expect(seen).toEqual({ generation: published, isWhole: true });
  }
  console.log(`${round} writers terminated, ${interrupted} of them in the middle of a publication`);
  expect(interrupted).toBeGreaterThan(0);
});

it('A watcher that is terminated during a reload leaves whole values', async () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  for (let round = 0; round < 10; round++) {
    const base = new Base({ seer: { a: integer(0), b: integer(0) } });
    const store = openOptions({ directory: base.directory, pollInterval: 10, logger });
    const seer = store.namespace('seer');
    const death = new Promise<void>((resolve, reject) => {
      setTimeout(() => crashWatcher(store, 'terminate').then(resolve, reject), 20 + round);
    });
    let isDead = false;
    void death.then(() => {
      isDead = true;
    });
    for (let version = 1; !isDead; version++) {
      base.writeValues('seer', { a: version, b: version });
      await new Promise<void>((resolve) => setImmediate(resolve));
      const snapshot = store.snapshot().namespace('seer');
      expect(snapshot.get('a')).toBe(snapshot.get('b'));
    }
    await death;
    expect(store.status().watcher).toBe('crashed');
    expect(seer.get('a')).toBe(seer.get('b'));
    await store.close();
  }
});
