/** Tests one store in many threads: which threads find it, which attach by handle, and what closing does. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { attach, close, features, init, openOptions, options, snapshot, status } from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';

/** A worker thread that answers one question at a time. */
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

function makeBase(number = 2): Base {
  const base = new Base({ seer: { number: integer(1) } });
  base.writeValues('seer', { number });
  return base;
}

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

afterEach(() => close());

describe('a thread started after init()', () => {
  it('A thread started after init() finds the store and starts no watcher', async () => {
    const { directory } = makeBase();
    init({ directory, pollInterval: null });
    const thread = new Thread();
    expect(await thread.ask('get')).toEqual({ value: 2 });
    expect(await thread.ask('init', { directory, pollInterval: 10 })).toEqual({ value: 2 });
    expect((await thread.ask('init', { directory: '/elsewhere' })).error).toMatchObject({
      name: 'AlreadyInitializedError',
    });
    // One watcher counts the polls of all threads.
    await thread.ask('refresh');
    expect(status().polls).toBe(2);
  });

  it('A thread passes the store on to the threads that it starts', async () => {
    init({ directory: makeBase().directory, pollInterval: null });
    expect(await new Thread().ask('nested')).toEqual({ value: 2 });
  });

  it('A refresh by one thread applies to the whole process', async () => {
    const base = makeBase();
    const store = init({ directory: base.directory, pollInterval: null });
    const thread = new Thread();
    await thread.ask('get');
    base.writeValues('seer', { number: 3 });
    expect(await thread.ask('refresh')).toEqual({ value: true });
    expect(store.generation).toBe(2);
    expect(options('seer').get('number')).toBe(3);
    expect(await thread.ask('get')).toEqual({ value: 3 });
    // The same status in every thread, also in one that requested nothing.
    expect((await thread.ask('status')).value).toEqual(status());
    base.writeValues('seer', { number: 'bad' });
    expect((await thread.ask('refresh')).error).toMatchObject({ name: 'ValuesError', code: 'VALUES_INVALID' });
  });

  it('close() in an attached thread only detaches it', async () => {
    init({ directory: makeBase().directory, pollInterval: null });
    const thread = new Thread();
    await thread.ask('get');
    await thread.ask('close');
    expect((await thread.ask('get')).error).toMatchObject({ name: 'NotInitializedError' });
    expect(status().watcher).toBe('running');
    expect(options('seer').get('number')).toBe(2);
    // The thread can attach again.
    expect(await thread.ask('init')).toEqual({ value: 2 });
    expect(await thread.ask('get')).toEqual({ value: 2 });
    expect(status().polls).toBe(1);
  });

  it('An attached thread still reads after the owner closes the store, but cannot refresh', async () => {
    init({ directory: makeBase().directory, pollInterval: null });
    const thread = new Thread();
    await thread.ask('get');
    await close();
    expect(await thread.ask('get')).toEqual({ value: 2 });
    expect((await thread.ask('refresh')).error).toMatchObject({ code: 'WATCHER_CLOSED' });
    expect((await thread.ask('status')).value).toMatchObject({ watcher: 'closed', health: 'closed' });
  });

  it('status() says closed in each thread that has closed its store, and throws in one that had none', async () => {
    const base = makeBase();
    const early = await new Thread().ask('status');
    expect(early.error?.message).toMatch(/^This thread has no store\. Call init\(\)/);
    const store = init({ directory: base.directory, pollInterval: null });
    const thread = new Thread();
    await thread.ask('get');
    await thread.ask('close');
    const closed = { health: 'closed', watcher: 'closed', reason: 'The store was closed.', directory: base.directory };
    const live = { generation: 1, polls: 1, namespaces: store.status().namespaces };
    expect((await thread.ask('status')).value).toMatchObject({ ...closed, ...live });
    expect((await thread.ask('get')).error?.message).toMatch(/^The store of this thread is closed\. /);
    expect(status().health).toBe('ok');
    const closing = close();
    // A health check may run before close() has ended.
    expect(status()).toMatchObject({ ...closed, ...live });
    await closing;
    expect(status()).toEqual(store.status());
    expect(status()).toMatchObject({ ...closed, ...live });
    expect(() => snapshot()).toThrow('The store of this thread is closed. Call init() again.');
    expect(() => options('seer').keys()).toThrow('The store of this thread is closed.');
    expect(features('seer').has('any')).toBe(false);
    base.writeValues('seer', { number: 3 });
    init({ directory: base.directory, pollInterval: null });
    expect(status()).toMatchObject({ health: 'ok', watcher: 'running' });
    // The thread finds the new store, and leaves that one, too.
    expect(await thread.ask('init')).toEqual({ value: 3 });
    expect((await thread.ask('status')).value).toMatchObject({ health: 'ok' });
  });

  it('After close(), status() still says that the watcher had crashed', async () => {
    const store = init({ directory: makeBase().directory, pollInterval: null, logger: QUIET });
    await crashWatcher(store);
    const { reason } = status();
    await close();
    expect(status()).toMatchObject({ health: 'crashed', watcher: 'crashed', reason });
    expect(status()).toEqual(store.status());
  });
});

describe('a thread started before init()', () => {
  it('A thread started before init() has no store until it attaches the handle', async () => {
    const thread = new Thread();
    expect((await thread.ask('get')).error).toMatchObject({ name: 'NotInitializedError', code: 'NOT_INITIALIZED' });
    const { handle } = init({ directory: makeBase().directory, pollInterval: null });
    expect(await thread.ask('attach', handle)).toEqual({ value: 2 });
    expect(await thread.ask('attach', handle)).toEqual({ value: 2 });
    expect(await thread.ask('get')).toEqual({ value: 2 });
    expect(await thread.ask('nested')).toEqual({ value: 2 });
  });

  it('A thread rejects a second store, but can open it beside the first', async () => {
    const thread = new Thread();
    const { handle } = init({ directory: makeBase().directory, pollInterval: null });
    await thread.ask('attach', handle);
    const other = openOptions({ directory: makeBase(7).directory, pollInterval: null });
    onTestFinished(() => other.close());
    expect((await thread.ask('attach', other.handle)).error).toMatchObject({ name: 'AlreadyInitializedError' });
    expect(await thread.ask('openByHandle', other.handle)).toEqual({ value: 7 });
    expect(await thread.ask('get')).toEqual({ value: 2 });
  });

  it('A thread can attach again after it has detached', async () => {
    const thread = new Thread();
    const { handle } = init({ directory: makeBase().directory, pollInterval: null });
    await thread.ask('attach', handle);
    await thread.ask('close');
    expect((await thread.ask('get')).error).toMatchObject({ name: 'NotInitializedError' });
    expect(await thread.ask('attach', handle)).toEqual({ value: 2 });
  });

  it('attach() rejects a handle of another layout, and values that are not handles', async () => {
    const thread = new Thread();
    const { handle } = init({ directory: makeBase().directory, pollInterval: null });
    expect((await thread.ask('attach', { ...handle, version: 99 })).error).toMatchObject({
      name: 'HandleVersionError',
    });
    expect((await thread.ask('attach', {})).error).toMatchObject({ name: 'ConfigError' });
    const asJson = JSON.parse(JSON.stringify(handle));
    expect((await thread.ask('attach', asJson)).error?.message).toContain('structured clone');
  });
});

describe('the thread that called init()', () => {
  it('init() returns the same store without arguments and throws with arguments', () => {
    const { directory } = makeBase();
    const store = init({ directory, pollInterval: null });
    expect(init()).toBe(store);
    expect(() => init({ directory })).toThrow(expect.objectContaining({ code: 'ALREADY_INITIALIZED' }));
    expect(attach(store.handle)).toBe(store);
  });

  it('init() can start a new store after close(), which is idempotent', async () => {
    const store = init({ directory: makeBase().directory, pollInterval: null });
    const seer = store.namespace('seer');
    await Promise.all([store.close(), store.close()]);
    await close();
    expect(seer.get('number')).toBe(2);
    init({ directory: makeBase(5).directory, pollInterval: null });
    expect(options('seer').get('number')).toBe(5);
    expect(seer.get('number')).toBe(2);
  });

  it('init() can be retried after it failed, and leaves no store', () => {
    const base = makeBase();
    base.writeValues('seer', { number: 'bad' });
    expect(() => init({ directory: base.directory })).toThrow(expect.objectContaining({ code: 'VALUES_INVALID' }));
    expect(() => options('seer').keys()).toThrow(expect.objectContaining({ code: 'NOT_INITIALIZED' }));
    base.writeValues('seer', { number: 3 });
    expect(init({ directory: base.directory, pollInterval: null }).namespace('seer').get('number')).toBe(3);
  });

  it('The logger receives the messages of the watcher before init() returns', () => {
    const base = makeBase();
    base.writeValues('seer', { undeclared: 1 });
    const warnings: string[] = [];
    init({
      directory: base.directory,
      pollInterval: null,
      logger: { ...QUIET, warn: (text) => void warnings.push(text) },
    });
    expect(warnings).toEqual([expect.stringContaining('"undeclared"')]);
  });
});
