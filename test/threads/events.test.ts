/** Tests `onReload` and `changes`: when events arrive, what they contain, and how they end. */
import { getEventListeners, once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import {
  attach,
  close,
  init,
  type OptionsStore,
  openOptions,
  type ReloadEvent,
  type StoreHandle,
} from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WatcherState } from '../../src/memory/control.js';
import type { StoreView } from '../../src/view/view.js';
import { Base, integer, string } from '../support/base.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const FLAG = { owner: { team: 'search' }, created_at: '2026-01-21', segments: [] };

const thrown = new Error('the listener has a bug');
/** Ways in which a function of the host can fail. */
const FAILURES: [string, () => unknown, string][] = [
  [
    'throws',
    () => {
      throw thrown;
    },
    'Error: the listener has a bug',
  ],
  [
    'throws an object that cannot be described',
    () => {
      throw Object.create(null);
    },
    'a value that cannot be described',
  ],
  ['returns a promise that rejects', () => Promise.reject(thrown), 'Error: the listener has a bug'],
];

function open(onError: (message: string) => void = () => {}): { base: Base; store: OptionsStore } {
  const base = new Base({
    relay: { on: integer(0) },
    seer: { number: integer(1), text: string('default'), 'feature.f': { $ref: '#/definitions/Feature' } },
  });
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: { ...QUIET, error: onError } });
  onTestFinished(() => store.close());
  return { base, store };
}

/** Collects events and waits for the next one. */
class Listener {
  readonly events: ReloadEvent[] = [];
  #arrived = () => {};
  readonly collect = (event: ReloadEvent) => {
    this.events.push(event);
    this.#arrived();
  };

  async next(): Promise<ReloadEvent> {
    const count = this.events.length;
    while (this.events.length === count) {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
    return this.events.at(-1) as ReloadEvent;
  }
}

describe('onReload()', () => {
  it('A listener receives what changed, with the old and new values', async () => {
    const { base, store } = open();
    const listener = new Listener();
    store.onReload(listener.collect);
    base.writeValues('seer', { number: 2, text: 'default', 'feature.f': FLAG });
    const next = listener.next();
    await store.refresh();
    const event = await next;
    expect(event).toMatchObject({ generation: 2, previousGeneration: 1 });
    // `text` is now set, but to its previous value.
    expect(event.changes).toEqual([
      { namespace: 'seer', key: 'number', oldValue: 1, newValue: 2 },
      { namespace: 'seer', key: 'feature.f', oldValue: undefined, newValue: FLAG },
    ]);
    expect(event.changes).toBe(event.changes);
  });

  it('A listener runs on a later turn and receives missed generations as one event', async () => {
    const { base, store } = open();
    const listener = new Listener();
    store.onReload(listener.collect);
    const next = listener.next();
    for (const number of [2, 3, 4]) {
      base.writeValues('seer', { number });
      store.refreshSync();
      // This read adopts the new generation without calling a listener.
      expect(store.namespace('seer').get('number')).toBe(number);
    }
    expect(listener.events).toEqual([]);
    const event = await next;
    expect(event).toMatchObject({ generation: 4, previousGeneration: 1 });
    expect(event.changes).toEqual([{ namespace: 'seer', key: 'number', oldValue: 1, newValue: 4 }]);
    expect(listener.events).toHaveLength(1);
  });

  it('A listener receives nothing after a touch, its disposal, or close()', async () => {
    const { base, store } = open();
    const [kept, disposed] = [new Listener(), new Listener()];
    store.onReload(kept.collect);
    const subscription = store.onReload(disposed.collect);
    subscription[Symbol.dispose]();
    subscription[Symbol.dispose]();
    base.writeValues('seer', { number: 2 });
    const next = kept.next();
    await store.refresh();
    await next;
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    await store.close();
    await sleep(20);
    expect([kept.events.length, disposed.events.length]).toEqual([1, 0]);
  });

  it.each(FAILURES)('A listener that fails does not affect others: it %s', async (_name, fail, logged) => {
    const messages: string[] = [];
    const { base, store } = open((message) => messages.push(message));
    const listener = new Listener();
    store.onReload(fail as () => void);
    store.onReload(listener.collect);
    for (const number of [2, 3]) {
      base.writeValues('seer', { number });
      const next = listener.next();
      await store.refresh();
      await next;
    }
    expect(listener.events.map(({ generation }) => generation)).toEqual([2, 3]);
    await vi.waitUntil(() => messages.length > 0, 30_000);
    // Once, since the second failure is the same.
    expect(messages.map((message) => message.split('\n')[0])).toEqual([`A reload listener failed: ${logged}`]);
  });

  it('onReload() rejects a listener that is not a function', () => {
    const { store } = open();
    expect(() => store.onReload(null as never)).toThrow('listener must be a function; got null.');
  });

  it('A listener registered twice has two registrations, each disposed of separately', async () => {
    const { base, store } = open();
    const listener = new Listener();
    store.onReload(listener.collect);
    const second = store.onReload(listener.collect);
    second[Symbol.dispose]();
    base.writeValues('seer', { number: 2 });
    const next = listener.next();
    await store.refresh();
    await next;
    expect(listener.events).toHaveLength(1);
  });
});

describe('changes()', () => {
  it('changes() delivers events, merges those that nobody waits for, and ends when the store closes', async () => {
    const { base, store } = open();
    const iterator = store.changes()[Symbol.asyncIterator]();
    const change = async (number: number) => {
      base.writeValues('seer', { number });
      await store.refresh();
    };
    const first = iterator.next();
    await change(2);
    expect((await first).value).toMatchObject({ generation: 2, previousGeneration: 1 });
    await change(3);
    await change(4);
    expect((await iterator.next()).value).toMatchObject({ generation: 4, previousGeneration: 2 });
    const last = iterator.next();
    await store.close();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it('changes() delivers what is published between the call and the first wait', async () => {
    const { base, store } = open();
    const changes = store.changes();
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    for await (const { generation } of changes) {
      expect(generation).toBe(2);
      break;
    }
  });

  it('changes() ends when the watcher crashes', async () => {
    const { store } = open();
    const end = collect(store.changes());
    await crashWatcher(store, 'exception');
    expect(await end).toEqual([]);
    // And immediately if the watcher has already crashed.
    expect(await collect(store.changes())).toEqual([]);
  });

  it('changes() ends when its signal aborts, or if it has already aborted', async () => {
    const { store } = open();
    const controller = new AbortController();
    const end = collect(store.changes({ signal: controller.signal }));
    await sleep(1);
    controller.abort();
    expect(await end).toEqual([]);
    expect(await collect(store.changes({ signal: AbortSignal.abort() }))).toEqual([]);
  });

  it('changes() ends in a thread that detaches, while the owner keeps running', async () => {
    const base = new Base({ seer: { number: integer(1) } });
    const owner = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => owner.close());
    const attached = attach(owner.handle);
    const end = collect(attached.changes());
    await close();
    expect(await end).toEqual([]);
    expect(owner.status().watcher).toBe('running');
  });

  it('A thread that only waits learns within seconds that the watcher ended together with its owner', async () => {
    const base = new Base({ seer: { number: integer(1) } });
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      import('sentry-options').then(({ init }) => parentPort.postMessage(init(workerData).handle));
      parentPort.once('message', () => {});
    `;
    const owner = new Worker(source, { eval: true, workerData: { directory: base.directory, pollInterval: null } });
    onTestFinished(() => void owner.terminate());
    const [handle] = (await once(owner, 'message')) as [StoreHandle];
    const [iterating, listening] = [openOptions({ handle }), openOptions({ handle })];
    const end = collect(iterating.changes());
    listening.onReload(() => {});
    await owner.terminate();
    expect(await end).toEqual([]);
    // Neither thread calls status(), which would detect the end itself.
    const { control } = (listening as unknown as { view: StoreView }).view;
    await vi.waitUntil(() => control.state === WatcherState.CRASHED, 30_000);
  });

  it('changes() delivers what was published before it ends', async () => {
    const { base, store } = open();
    const iterator = store.changes()[Symbol.asyncIterator]();
    const first = iterator.next();
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    expect((await first).value).toMatchObject({ generation: 2 });
    base.writeValues('seer', { number: 3 });
    await store.refresh();
    await crashWatcher(store, 'terminate');
    expect((await iterator.next()).value).toMatchObject({ generation: 3, previousGeneration: 2 });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

describe('the iterator of changes()', () => {
  it.each([
    ['return()', (iterator: AsyncIterableIterator<ReloadEvent>) => iterator.return?.(), { done: true }],
    ['throw()', (iterator: AsyncIterableIterator<ReloadEvent>) => iterator.throw?.(thrown), thrown],
  ])('%s settles at once, and so do the pending calls of next()', async (_name, end, result) => {
    const { base, store } = open();
    const iterator = store.changes();
    const pending = [iterator.next(), iterator.next()];
    expect(await end(iterator)?.catch((error: unknown) => error)).toEqual(result);
    expect(await Promise.all(pending)).toEqual([{ done: true }, { done: true }]);
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    expect(await iterator.next()).toEqual({ done: true });
  });

  it('A stream of changes() can be destroyed while it waits', async () => {
    const { store } = open();
    const stream = Readable.from(store.changes());
    stream.read();
    stream.destroy();
    await once(stream, 'close');
  });

  it('Calls of next() receive events in their order, one each', async () => {
    const { base, store } = open();
    const iterator = store.changes();
    const pending = [iterator.next(), iterator.next()];
    for (const [index, number] of [2, 3].entries()) {
      base.writeValues('seer', { number });
      await store.refresh();
      expect((await pending[index])?.value).toMatchObject({ generation: number, previousGeneration: number - 1 });
    }
  });

  it('Many iterators with one signal add one listener to it, and none when they have ended', async () => {
    const { store } = open();
    const controller = new AbortController();
    const ends = Array.from({ length: 20 }, () => store.changes({ signal: controller.signal }).next());
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    const [other] = [store.changes({ signal: controller.signal })];
    const last = other.next();
    await other.return?.();
    expect(await last).toEqual({ done: true });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort();
    expect(await Promise.all(ends)).toEqual(ends.map(() => ({ done: true })));
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('changes() rejects a signal that is not an AbortSignal', () => {
    const { store } = open();
    expect(() => store.changes({ signal: new AbortController() as never })).toThrow(
      'signal must be an AbortSignal; got object. Pass the signal of an AbortController.',
    );
  });
});

describe('the named exports', () => {
  it('The named exports use the store of this thread', async () => {
    const { onReload } = await import('sentry-options');
    const base = new Base({ seer: { number: integer(1) } });
    const store = init({ directory: base.directory, pollInterval: 10, logger: QUIET });
    onTestFinished(() => close());
    const listener = new Listener();
    onReload(listener.collect);
    const next = listener.next();
    base.writeValues('seer', { number: 2 });
    // No refresh: the timed poll finds the change.
    expect(await next).toMatchObject({ generation: 2 });
    expect(store.generation).toBe(2);
  });
});

async function collect(changes: AsyncIterable<ReloadEvent>): Promise<ReloadEvent[]> {
  const events: ReloadEvent[] = [];
  for await (const event of changes) events.push(event);
  return events;
}
