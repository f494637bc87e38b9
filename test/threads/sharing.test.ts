/** Many threads, one store: who finds it by itself, who is handed it, and what closing does. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { attach, close, init, openOptions, options, status } from 'sentry-options';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';

/** A thread that answers one question at a time. */
class Thread {
  readonly #worker = new Worker(new URL('../fixtures/answering-worker.mjs', import.meta.url));

  constructor() {
    onTestFinished(() => void this.#worker.terminate());
  }

  async ask(question: string, argument?: unknown): Promise<{ value?: unknown; error?: Record<string, string> }> {
    this.#worker.postMessage([question, argument]);
    const [answer] = await once(this.#worker, 'message');
    return answer;
  }
}

function madeBase(number = 2): Base {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number });
  return base;
}

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

afterEach(() => close());

describe('a thread that is started after init()', () => {
  it('finds the store by itself, and starts nothing', async () => {
    const { directory } = madeBase();
    init({ directory, pollInterval: null });
    const thread = new Thread();
    expect(await thread.ask('get')).toEqual({ value: 2 });
    expect(await thread.ask('init', { directory, pollInterval: 10 })).toEqual({ value: 2 });
    expect((await thread.ask('init', { directory: '/elsewhere' })).error).toMatchObject({
      name: 'AlreadyInitializedError',
    });
    // One watcher: it counts the polls of all threads.
    await thread.ask('refresh');
    expect(status().polls).toBe(2);
  });

  it('passes it on to the threads that it starts itself', async () => {
    init({ directory: madeBase().directory, pollInterval: null });
    expect(await new Thread().ask('nested')).toEqual({ value: 2 });
  });

  it('asks for a refresh, which the whole process sees', async () => {
    const base = madeBase();
    const store = init({ directory: base.directory, pollInterval: null });
    const thread = new Thread();
    await thread.ask('get');
    base.writeValues('seer', { number: 3 });
    expect(await thread.ask('refresh')).toEqual({ value: true });
    expect(store.generation).toBe(2);
    expect(options('seer').get('number')).toBe(3);
    expect(await thread.ask('get')).toEqual({ value: 3 });
    // The same for every thread, also for one that asked for nothing.
    expect((await thread.ask('status')).value).toEqual(status());
    base.writeValues('seer', { number: 'bad' });
    expect((await thread.ask('refresh')).error).toMatchObject({ name: 'ValuesError', code: 'VALUES_INVALID' });
  });

  it('only lets go of the store when it closes it', async () => {
    init({ directory: madeBase().directory, pollInterval: null });
    const thread = new Thread();
    await thread.ask('get');
    await thread.ask('close');
    expect((await thread.ask('get')).error).toMatchObject({ name: 'NotInitializedError' });
    expect(status().watcher).toBe('running');
    expect(options('seer').get('number')).toBe(2);
    // And may come back to it.
    expect(await thread.ask('init')).toEqual({ value: 2 });
    expect(await thread.ask('get')).toEqual({ value: 2 });
    expect(status().polls).toBe(1);
  });

  it('reads on after the owner has closed the store, and can refresh no more', async () => {
    init({ directory: madeBase().directory, pollInterval: null });
    const thread = new Thread();
    await thread.ask('get');
    await close();
    expect(await thread.ask('get')).toEqual({ value: 2 });
    expect((await thread.ask('refresh')).error).toMatchObject({ code: 'WATCHER_CLOSED' });
    expect((await thread.ask('status')).value).toMatchObject({ watcher: 'closed', health: 'closed' });
  });
});

describe('a thread that was started before init()', () => {
  it('has no store until it attaches the handle', async () => {
    const thread = new Thread();
    expect((await thread.ask('get')).error).toMatchObject({ name: 'NotInitializedError', code: 'NOT_INITIALIZED' });
    const { handle } = init({ directory: madeBase().directory, pollInterval: null });
    expect(await thread.ask('attach', handle)).toEqual({ value: 2 });
    expect(await thread.ask('attach', handle)).toEqual({ value: 2 });
    expect(await thread.ask('get')).toEqual({ value: 2 });
    expect(await thread.ask('nested')).toEqual({ value: 2 });
  });

  it('refuses a second store, but opens it beside the first', async () => {
    const thread = new Thread();
    const { handle } = init({ directory: madeBase().directory, pollInterval: null });
    await thread.ask('attach', handle);
    const other = openOptions({ directory: madeBase(7).directory, pollInterval: null });
    onTestFinished(() => other.close());
    expect((await thread.ask('attach', other.handle)).error).toMatchObject({ name: 'AlreadyInitializedError' });
    expect(await thread.ask('openByHandle', other.handle)).toEqual({ value: 7 });
    expect(await thread.ask('get')).toEqual({ value: 2 });
  });

  it('comes back to it after it has let go of it', async () => {
    const thread = new Thread();
    const { handle } = init({ directory: madeBase().directory, pollInterval: null });
    await thread.ask('attach', handle);
    await thread.ask('close');
    expect((await thread.ask('get')).error).toMatchObject({ name: 'NotInitializedError' });
    expect(await thread.ask('attach', handle)).toEqual({ value: 2 });
  });

  it('refuses a handle of another layout, and what is no handle', async () => {
    const thread = new Thread();
    const { handle } = init({ directory: madeBase().directory, pollInterval: null });
    expect((await thread.ask('attach', { ...handle, version: 99 })).error).toMatchObject({
      name: 'HandleVersionError',
    });
    expect((await thread.ask('attach', {})).error).toMatchObject({ name: 'ConfigError' });
    const asJson = JSON.parse(JSON.stringify(handle));
    expect((await thread.ask('attach', asJson)).error?.message).toContain('structured clone');
  });
});

describe('the thread of init()', () => {
  it('gets the same store again without arguments, and an error with some', () => {
    const { directory } = madeBase();
    const store = init({ directory, pollInterval: null });
    expect(init()).toBe(store);
    expect(() => init({ directory })).toThrow(expect.objectContaining({ code: 'ALREADY_INITIALIZED' }));
    expect(attach(store.handle)).toBe(store);
  });

  it('may begin again after close(), which is idempotent', async () => {
    const store = init({ directory: madeBase().directory, pollInterval: null });
    const seer = store.namespace('seer');
    await Promise.all([store.close(), store.close()]);
    await close();
    expect(seer.get('number')).toBe(2);
    init({ directory: madeBase(5).directory, pollInterval: null });
    expect(options('seer').get('number')).toBe(5);
    expect(seer.get('number')).toBe(2);
  });

  it('finds nothing after an init() that failed, and may try again', () => {
    const base = madeBase();
    base.writeValues('seer', { number: 'bad' });
    expect(() => init({ directory: base.directory })).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));
    expect(() => options('seer')).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
    base.writeValues('seer', { number: 3 });
    expect(init({ directory: base.directory, pollInterval: null }).namespace('seer').get('number')).toBe(3);
  });

  it('hears through its logger what the watcher has to say, before init() returns', () => {
    const base = madeBase();
    base.writeValues('seer', { unheard: 1 });
    const warnings: string[] = [];
    init({
      directory: base.directory,
      pollInterval: null,
      logger: { ...QUIET, warn: (text) => void warnings.push(text) },
    });
    expect(warnings).toEqual([expect.stringContaining('"unheard"')]);
  });
});
