/** Tests what code holds while the store of its thread changes: before init(), after close(), after another init(). */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BroadcastChannel, Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { attach, close, features, init, type OptionsStore, openOptions, options, status } from 'sentry-options';
import { alwaysOff, alwaysOn, crashWatcher, createTestOptions, overrideOptions } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { LAYOUT_VERSION } from '../../src/memory/cell/layout.js';
import { Base, integer } from '../support/base.js';

/** For what comes on a turn of an event loop: on a busy machine, that takes a while. */
const PATIENCE = { timeout: 30_000 };

afterEach(() => close());

const FLAG = { $ref: '#/definitions/Feature' };
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Makes a directory whose options have other indexes the more of them come first. */
function makeBase(number: number, isOn = true, before = 0): string {
  const others = Object.fromEntries(Array.from({ length: before }, (_, index) => [`before-${index}`, integer(-index)]));
  const base = new Base({ relay: others, seer: { ...others, number: integer(1), 'feature.on': FLAG } });
  base.writeValues('seer', { number, 'feature.on': isOn ? alwaysOn() : alwaysOff() });
  return base.directory;
}

const start = (directory: string) => init({ directory, pollInterval: null, logger: SILENT });

/** Starts a thread whose module holds an option, and which answers questions. */
function startThread() {
  const worker = new Worker(new URL('../fixtures/answering-worker.mjs', import.meta.url));
  onTestFinished(() => void worker.terminate());
  return async (question: string, argument?: unknown): Promise<{ value?: unknown; error?: { name: string } }> => {
    worker.postMessage([question, argument]);
    return (await once(worker, 'message'))[0];
  };
}

describe('what code holds from before init()', () => {
  it('Options, flags and namespaces work from init() on, and throw or are off until then', () => {
    const seer = options('seer');
    const number = seer.option('number');
    const checker = features('seer');
    const unknown = seer.option('nope');
    for (const read of [() => seer.get('number'), () => number.value, () => number.isset, () => seer.keys()]) {
      expect(read).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
    }
    expect(checker.has('on')).toBe(false);
    start(makeBase(2));
    expect([seer.get('number'), number.value, number.isset, checker.has('on')]).toEqual([2, 2, true, true]);
    expect(seer.keys()).toEqual(['number', 'feature.on']);
    expect(seer.option('number').value).toBe(2);
    expect(() => unknown.value).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION', key: 'nope' }));
    expect(() => seer.option('nope')).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    expect(() => options('nope').get('number')).toThrow(expect.objectContaining({ code: 'UNKNOWN_NAMESPACE' }));
  });
});

describe('what code holds across stores', () => {
  const seer = options('seer');
  const number = seer.option('number');
  const checker = features('seer');
  const read = () => [seer.get('number'), number.value, checker.has('on')];

  it.each([
    ['real stores', (value: number) => start(makeBase(value, value % 2 === 0, value))],
    [
      'stores in memory',
      (value: number) => {
        const properties = { number: integer(1), 'feature.on': FLAG };
        return createTestOptions({
          schemas: { seer: { version: '1.0', type: 'object', properties } },
          values: { seer: { number: value, 'feature.on': value % 2 === 0 ? alwaysOn() : alwaysOff() } },
          install: true,
        });
      },
    ],
  ])('A test file that opens and closes %s for each test reads the store of that test', async (_kind, open) => {
    // All of them are at generation 1.
    for (let value = 2; value < 5; value++) {
      const store = open(value);
      const own = store.namespace('seer');
      expect(read()).toEqual([value, value, value % 2 === 0]);
      const override = overrideOptions('seer', { number: 99 });
      expect(read()).toEqual([99, 99, value % 2 === 0]);
      override[Symbol.dispose]();
      expect(read()).toEqual([value, value, value % 2 === 0]);
      await store.close();
      // The last values stay in use until the next store.
      expect(read()).toEqual([value, value, value % 2 === 0]);
      expect(own.get('number')).toBe(value);
      expect(() => options('seer').get('number')).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
      expect(features('seer').has('on')).toBe(false);
    }
  });

  it('A namespace of a store stays with that store', async () => {
    const first = start(makeBase(2)).namespace('seer');
    const pinned = first.option('number');
    await close();
    start(makeBase(3));
    expect([first.get('number'), pinned.value, read()[0]]).toEqual([2, 2, 3]);
  });

  it('A store without the option or the namespace throws, and the next store with it is read', async () => {
    start(makeBase(2));
    expect(read()).toEqual([2, 2, true]);
    await close();
    const base = new Base({ seer: { other: integer(1) } });
    start(base.directory);
    expect(() => number.value).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    expect(checker.evaluate('on')).toMatchObject({ reason: 'UNKNOWN_FLAG' });
    await close();
    start(new Base({ relay: { other: integer(1) } }).directory);
    expect(() => seer.get('number')).toThrow(expect.objectContaining({ code: 'UNKNOWN_NAMESPACE' }));
    await close();
    start(makeBase(4));
    expect(read()).toEqual([4, 4, true]);
  });
});

describe('a thread that inherited its store', () => {
  /** Crashes the watcher of the owner, and starts another store there. */
  async function replace(store: OptionsStore, number: number): Promise<OptionsStore> {
    await crashWatcher(store);
    await close();
    return start(makeBase(number, false, 3));
  }

  it('Its next options() reads the successor after a crash, close() and init() in the owner', async () => {
    const store = start(makeBase(2));
    const ask = startThread();
    expect(await ask('get')).toEqual({ value: 2 });
    const next = await replace(store, 3);
    expect(await ask('get')).toEqual({ value: 3 });
    expect(await ask('directory')).toEqual({ value: next.handle.directory });
    expect(await ask('has', 'on')).toEqual({ value: false });
    // Threads that it starts inherit the successor.
    expect(await ask('nested')).toEqual({ value: 3 });
    await replace(next, 4);
    expect(await ask('get')).toEqual({ value: 4 });
  });

  it('All threads of a pool read the successor after a crash, close() and init() in the main thread', async () => {
    const store = start(makeBase(2));
    const filename = fileURLToPath(new URL('../fixtures/pool-task.mjs', import.meta.url));
    const pool = new Piscina({ filename, minThreads: 3, maxThreads: 3, idleTimeout: 600_000 });
    onTestFinished(() => pool.destroy());
    const readAll = () => Promise.all(Array.from({ length: 12 }, () => pool.run(null)));
    expect(new Set((await readAll()).flat())).toEqual(new Set([2]));
    await replace(store, 3);
    await expect.poll(async () => [...new Set((await readAll()).flat())], PATIENCE).toEqual([3]);
  });

  it('An option that its module holds reads the successor without a call', async () => {
    const store = start(makeBase(2));
    const ask = startThread();
    expect(await ask('held')).toEqual({ value: 2 });
    await replace(store, 3);
    await expect.poll(() => ask('held'), PATIENCE).toEqual({ value: 3 });
  });

  it('A listener of an option that its module holds reports reloads, and the value of the successor', async () => {
    const base = new Base({ seer: { number: integer(1), 'feature.on': FLAG } });
    const store = start(base.directory);
    const ask = startThread();
    await ask('listen');
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    await expect.poll(() => ask('heard'), PATIENCE).toEqual({ value: [[2, 1]] });
    await replace(store, 3);
    const heard = { value: [2, 3].map((number) => [number, number - 1]) };
    await expect.poll(() => ask('heard'), PATIENCE).toEqual(heard);
  });

  it('Its first read, after the change of stores, finds the successor, too', async () => {
    const store = start(makeBase(2));
    const ask = startThread();
    await replace(store, 3);
    // It asks for the successor, and the owner answers on its event loop.
    await expect.poll(() => ask('held'), PATIENCE).toEqual({ value: 3 });
    const late = startThread();
    await late('generation');
    await replace(init(), 4);
    expect(await late('init')).toEqual({ value: 4 });
  });

  it('init() as its first call finds the successor, too', async () => {
    const store = start(makeBase(2));
    const ask = startThread();
    await replace(store, 3);
    // It waits for the answer of the owner, though not for long.
    await expect.poll(() => ask('init'), PATIENCE).toEqual({ value: 3 });
  });

  it('A thread that attached the store finds the successor, too', async () => {
    const ask = startThread();
    const store = start(makeBase(2));
    expect(await ask('attach', store.handle)).toEqual({ value: 2 });
    const next = await replace(store, 3);
    expect(await ask('get')).toEqual({ value: 3 });
    expect(await ask('attach', next.handle)).toEqual({ value: 3 });
  });

  it('A store that is no successor of its store is not its business', async () => {
    const store = start(makeBase(2));
    const ask = startThread();
    expect(await ask('get')).toEqual({ value: 2 });
    const other = openOptions({ directory: makeBase(7), pollInterval: null });
    onTestFinished(() => other.close());
    await crashWatcher(store);
    expect(await ask('get')).toEqual({ value: 2 });
    expect((await ask('refresh')).error).toMatchObject({ name: 'WatcherError' });
    // It has released the store: only init() or attach() finds one.
    await ask('close');
    await close();
    start(makeBase(3));
    expect((await ask('get')).error).toMatchObject({ name: 'NotInitializedError' });
  });

  it("A stranger's message on the channel ends no thread", async () => {
    const store = start(makeBase(2));
    const ask = startThread();
    expect(await ask('get')).toEqual({ value: 2 });
    const channel = new BroadcastChannel(`sentry-options/successor@${LAYOUT_VERSION}`);
    onTestFinished(() => channel.close());
    const { id } = store.handle;
    const strange = [
      null,
      5,
      'text',
      [],
      { succeeds: 5 },
      { succeeds: id },
      { succeeds: [id] },
      { succeeds: [id], handle: {} },
    ];
    for (const message of [...strange, { seeks: 5 }, { seeks: [id] }, { seeks: id }]) channel.postMessage(message);
    expect(await ask('get')).toEqual({ value: 2 });
    await replace(store, 3);
    expect(await ask('get')).toEqual({ value: 3 });
  });

  it('After the end of its owner, close() and init() start a store of its own', async () => {
    const config = { directory: makeBase(2), pollInterval: null };
    const owner = new Worker(new URL('../fixtures/answering-worker.mjs', import.meta.url));
    owner.postMessage(['own', config]);
    const [{ value: handle }] = await once(owner, 'message');
    attach(handle);
    const ask = startThread();
    expect(await ask('get')).toEqual({ value: 2 });
    // While the store lives, the thread finds it again.
    await ask('close');
    expect(await ask('init', config)).toEqual({ value: 2 });
    await ask('close');
    await owner.terminate();
    expect(await ask('init', config)).toEqual({ value: 2 });
    expect(await ask('health')).toEqual({ value: 'ok' });
    expect(await ask('get')).toEqual({ value: 2 });
    expect(await ask('nested')).toEqual({ value: 2 });
    expect(status().health).toBe('crashed');
  });

  it('A thread that has a store ends by itself', async () => {
    start(makeBase(2));
    const source = `import('sentry-options').then(({ options }) => console.log(options('seer').get('number')));`;
    const worker = new Worker(source, { eval: true, stdout: true });
    expect(await once(worker, 'exit')).toEqual([0]);
  });
});

it('attach() after close() makes what code holds read the attached store', async () => {
  const other = openOptions({ directory: makeBase(7), pollInterval: null });
  onTestFinished(() => other.close());
  const number = options('seer').option('number');
  start(makeBase(2));
  expect(number.value).toBe(2);
  await close();
  attach(other.handle);
  expect(number.value).toBe(7);
  expect(status().directory).toBe(other.handle.directory);
});
