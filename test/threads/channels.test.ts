/** Tests the `node:diagnostics_channel` channels: their messages, their timing, and no cost without a subscriber. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  type CrashMessage,
  type OptionsStore,
  openOptions,
  type RejectedMessage,
  type ReloadMessage,
} from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StoreView } from '../../src/view/view.js';
import { Base, integer, string, valuesText } from '../support/base.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

function open(pollInterval: number | null = null): { base: Base; store: OptionsStore } {
  const base = new Base({ seer: { number: integer(1), text: string('default') } });
  const store = openOptions({ directory: base.directory, pollInterval, logger: QUIET });
  onTestFinished(() => store.close());
  return { base, store };
}

/** Collects a channel's messages until the test ends. */
function listenTo<T extends { directory: string }>(name: 'reload' | 'rejected' | 'crash'): T[] {
  const messages: T[] = [];
  const collect = (message: unknown) => void messages.push(message as T);
  subscribe(`sentry-options:${name}`, collect);
  onTestFinished(() => void unsubscribe(`sentry-options:${name}`, collect));
  return messages;
}

/** Replaces the values atomically, since a poll may run at any moment. */
function replaceValues(base: Base, options: Record<string, unknown>): void {
  writeFileSync(join(base.directory, 'new.json'), valuesText(options));
  mkdirSync(dirname(base.valuesFile('seer')), { recursive: true });
  renameSync(join(base.directory, 'new.json'), base.valuesFile('seer'));
}

/** Returns the internal view, which the declarations hide. */
function getView(store: OptionsStore): StoreView {
  return (store as unknown as { view: StoreView }).view;
}

/** Resolves when this thread has handled all signals so far: a wait that began later has ended too. */
async function drainSignals(store: OptionsStore): Promise<void> {
  const { control } = getView(store);
  const signal = control.nextSignal(control.signal);
  control.signalAll();
  await signal;
  await turn();
  await turn();
}

/** Makes the watcher poll without reading anything in this thread. */
async function poll(store: OptionsStore): Promise<void> {
  const { control } = getView(store);
  const ticket = control.request();
  await vi.waitUntil(() => control.isServed(ticket), 30_000);
  await drainSignals(store);
}

describe('sentry-options:reload', () => {
  it('A subscriber that came before the store receives what changed', async () => {
    const messages = listenTo<ReloadMessage>('reload');
    const { base, store } = open();
    base.writeValues('seer', { number: 2, text: 'default' });
    await store.refresh();
    await vi.waitUntil(() => messages.length === 1, 30_000);
    expect(messages[0]).toMatchObject({ directory: base.directory, previousGeneration: 1, generation: 2 });
    expect(messages[0]?.changes).toEqual([{ namespace: 'seer', key: 'number', oldValue: 1, newValue: 2 }]);
  });

  it('A subscriber that came after the store receives changes, even if a read adopted the values before', async () => {
    const { base, store } = open();
    base.writeValues('seer', { number: 2 });
    await poll(store);
    expect(store.namespace('seer').get('number')).toBe(2);
    const messages = listenTo<ReloadMessage>('reload');
    for (const number of [3, 4]) {
      base.writeValues('seer', { number });
      store.refreshSync();
      expect(store.namespace('seer').get('number')).toBe(number);
    }
    expect(messages).toEqual([]);
    await vi.waitUntil(() => messages.length === 1, 30_000);
    // Generations that this thread notices at the same time are merged, as for a listener.
    expect(messages[0]).toMatchObject({ previousGeneration: 2, generation: 4 });
    expect(messages[0]?.changes).toEqual([{ namespace: 'seer', key: 'number', oldValue: 2, newValue: 4 }]);
  });

  it('The channels report the results of timed polls', async () => {
    const reloads = listenTo<ReloadMessage>('reload');
    const rejections = listenTo<RejectedMessage>('rejected');
    const { base } = open(10);
    replaceValues(base, { number: 2 });
    await vi.waitUntil(() => reloads.length === 1, 30_000);
    replaceValues(base, { number: 'bad' });
    await vi.waitUntil(() => rejections.length === 1, 30_000);
    expect(reloads[0]).toMatchObject({ previousGeneration: 1, generation: 2 });
    expect(rejections[0]?.error).toContain('number "bad"');
  });

  it('The channel stays silent if the files are unchanged', async () => {
    const { base, store } = open();
    base.writeValues('seer', { number: 2 });
    await poll(store);
    const messages = listenTo<ReloadMessage>('reload');
    base.writeValues('seer', { number: 2 });
    await poll(store);
    expect(messages).toEqual([]);
  });
});

describe('sentry-options:rejected', () => {
  it('The channel reports each rejection once, with the reason', async () => {
    const messages = listenTo<RejectedMessage>('rejected');
    const { base, store } = open();
    const reasons: unknown[] = [];
    for (const number of ['one', 'two']) {
      base.writeValues('seer', { number });
      // Two refreshes of the same files count as one rejection.
      await expect(store.refresh()).rejects.toThrow(number);
      await expect(store.refresh()).rejects.toThrow(number);
      reasons.push(store.status().lastError);
    }
    await vi.waitUntil(() => messages.length >= 2, 30_000);
    const { reloads } = store.status();
    expect(messages).toEqual(
      reloads.map(({ at, reloadMs, error }) => ({ directory: base.directory, at, reloadMs, error })),
    );
    expect(messages.map(({ error }) => error)).toEqual(reasons);
  });

  it('A new subscriber receives no earlier rejections', async () => {
    const { base, store } = open();
    base.writeValues('seer', { number: 'one' });
    await poll(store);
    const messages = listenTo<RejectedMessage>('rejected');
    base.writeValues('seer', { number: 'two' });
    await expect(store.refresh()).rejects.toThrow();
    await vi.waitUntil(() => messages.length >= 1, 30_000);
    expect(messages.map(({ error }) => error)).toEqual([store.status().lastError]);
  });
});

describe('sentry-options:crash', () => {
  it('The channel reports once that the watcher crashed, and why', async () => {
    const messages = listenTo<CrashMessage>('crash');
    const { base, store } = open();
    await crashWatcher(store, 'exception');
    await vi.waitUntil(() => messages.length > 0, 30_000);
    // A listener added later makes the thread wait for signals again.
    store.onReload(() => {});
    await turn();
    await turn();
    expect(messages).toEqual([
      { directory: base.directory, reason: 'Watcher thread panicked with: Error: crashed on demand' },
    ]);
  });

  it('Closing a store sends no crash message', async () => {
    const messages = listenTo<CrashMessage>('crash');
    const { store } = open();
    await store.close();
    await drainSignals(store);
    expect(messages).toEqual([]);
  });
});

describe('a channel without a subscriber', () => {
  it('Without a subscriber, this thread adopts, decodes and reads nothing', async () => {
    const { base, store } = open();
    const view = getView(store);
    const record = vi.spyOn(view, 'statusRecord');
    base.writeValues('seer', { number: 2 });
    await poll(store);
    base.writeValues('seer', { number: 'bad' });
    await poll(store);
    expect({ rejected: view.control.rejected, published: view.control.described }).toEqual({
      rejected: 1,
      published: 2,
    });
    expect(view.adopted?.generation).toBe(1);
    expect(record).not.toHaveBeenCalled();
    await crashWatcher(store);
    await drainSignals(store);
    expect(record).not.toHaveBeenCalled();
  });
});

describe('an attached thread', () => {
  it('Only the thread that started the store sends channel messages', async () => {
    const { base, store } = open();
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const messages = [];
       for (const name of ['reload', 'rejected', 'crash'])
         require('node:diagnostics_channel').subscribe('sentry-options:' + name, () => messages.push(name));
       import(workerData.library).then(({ openOptions }) => {
         const store = openOptions({ handle: workerData.handle });
         store.onReload(({ generation }) => setImmediate(() => parentPort.postMessage({ generation, messages })));
         parentPort.postMessage('open');
       });
       parentPort.on('message', () => {});`,
      { eval: true, workerData: { handle: store.handle, library: import.meta.resolve('../../dist/index.js') } },
    );
    onTestFinished(async () => void (await worker.terminate()));
    await once(worker, 'message');
    const message = once(worker, 'message');
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    expect(await message).toEqual([{ generation: 2, messages: [] }]);
  });
});
