/** Tests `onReload` and `changes`: when events arrive, what they contain, and how they end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { attach, close, init, type OptionsStore, openOptions, type ReloadEvent } from 'sentry-options';
import { crashWatcher } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer, string } from '../support/base.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const FLAG = { owner: { team: 'search' }, created_at: '2026-01-21', segments: [] };

function open(): { base: Base; store: OptionsStore } {
  const base = new Base({
    relay: { on: integer(0) },
    seer: { number: integer(1), text: string('default'), 'feature.f': { $ref: '#/definitions/Feature' } },
  });
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
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

  it('A listener that throws does not affect others', async () => {
    const { base, store } = open();
    const listener = new Listener();
    store.onReload(() => {
      throw new Error('the listener has a bug');
    });
    store.onReload(listener.collect);
    for (const number of [2, 3]) {
      base.writeValues('seer', { number });
      const next = listener.next();
      await store.refresh();
      await next;
    }
    expect(listener.events.map(({ generation }) => generation)).toEqual([2, 3]);
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
