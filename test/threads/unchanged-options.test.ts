/** Tests a reload in which no option changes: it counts and is reported, but no value moves. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { close, init, onReload, options, refresh, status } from 'sentry-options';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { GENERATION } from '../../src/memory/cell/layout.js';
import { Base, integer } from '../support/base.js';

/** For what comes on a turn of an event loop: on a busy machine, that takes a while. */
const PATIENCE = { timeout: 30_000 };

afterEach(() => close());

/** Starts a thread that answers questions about the store that it finds. */
function startThread(): (question: string) => Promise<unknown> {
  const worker = new Worker(new URL('../fixtures/answering-worker.mjs', import.meta.url));
  onTestFinished(() => void worker.terminate());
  return async (question) => {
    worker.postMessage([question]);
    const [{ value, error }] = await once(worker, 'message');
    return value ?? error;
  };
}

it('A reload in which no option changes leaves the published memory as it is, and is reported in every thread', async () => {
  const list = { type: 'array', items: { type: 'integer' }, default: [], description: 'numbers' };
  const base = new Base({ relay: { list }, seer: { number: integer(-1) } });
  let written = 0;
  const write = (namespace: string, values: object) => {
    const generated_at = new Date(Date.now() - 60_000 + ++written).toISOString();
    base.writeText(namespace, JSON.stringify({ options: values, generated_at }));
  };
  write('relay', { list: [1, 2] });
  write('seer', { number: 2 });
  const propagated: string[] = [];
  const { handle } = init({
    directory: base.directory,
    pollInterval: null,
    onPropagation: (namespace) => void propagated.push(namespace),
  });
  const events: (readonly [number, number, number])[] = [];
  onReload(({ previousGeneration, generation, changes }) => {
    events.push([previousGeneration, generation, changes.length]);
  });
  const ask = startThread();
  expect(await ask('get')).toBe(2);
  const value = options('relay').get('list');
  const [memory, { namespaces }] = [Buffer.from(handle.values), status()];
  const before = Buffer.from(memory);

  for (const name of ['relay', 'seer']) write(name, name === 'relay' ? { list: [1, 2] } : { number: 2 });
  expect(await refresh()).toBe(true);
  expect(await ask('refresh')).toBe(true);
  for (const seen of [status(), await ask('status')]) {
    expect(seen).toMatchObject({
      generation: 2,
      health: 'ok',
      reloads: [{ generation: 2, namespaces: ['relay', 'seer'], keys: [], keyCount: 0, error: null }],
    });
  }
  expect(status().namespaces.seer?.valuesHash).not.toBe(namespaces.seer?.valuesHash);
  expect(memory.equals(before)).toBe(true);
  expect(options('relay').get('list')).toBe(value);
  await expect.poll(() => propagated, PATIENCE).toEqual(['relay', 'seer']);
  await expect.poll(() => events, PATIENCE).toEqual([[1, 2, 0]]);
  expect([await refresh(), await ask('refresh')]).toEqual([false, false]);

  // The next change has the next number, in a cell that counts publications of its own.
  write('seer', { number: 3 });
  expect(await refresh()).toBe(true);
  expect(await ask('get')).toBe(3);
  expect(status()).toMatchObject({ generation: 3, reloads: [{}, { generation: 3, keys: ['seer/number'] }] });
  expect(new Int32Array(handle.values)[GENERATION]).toBe(2);
  expect(options('relay').get('list')).toBe(value);

  // Unset, and set to the default: `isset` changes, so that it is published, but no value reads otherwise.
  write('seer', {});
  expect(await refresh()).toBe(true);
  write('seer', { number: -1 });
  expect(await refresh()).toBe(true);
  expect(options('seer').isset('number')).toBe(true);
  expect(status()).toMatchObject({ generation: 5, reloads: [{}, {}, {}, { generation: 5, keys: [] }] });
  expect(new Int32Array(handle.values)[GENERATION]).toBe(4);
});
