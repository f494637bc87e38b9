/** `onReload` and `changes`: when they come, what they say, and how they end. */
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

/** Collects events, and waits for the next one. */
class Listener {
  readonly events: ReloadEvent[] = [];
  #arrived = () => {};
  readonly hear = (event: ReloadEvent) => {
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

describe('a listener', () => {
  it('hears what changed, with the values before and after', async () => {
    const { base, store } = open();
    const listener = new Listener();
    store.onReload(listener.hear);
    base.writeValues('seer', { number: 2, text: 'default', 'feature.f': FLAG });
    const heard = listener.next();
    await store.refresh();
    const event = await heard;
    expect(event).toMatchObject({ generation: 2, previousGeneration: 1 });
    // `text` is set now, but to what it was.
    expect(event.changes).toEqual([
      { namespace: 'seer', key: 'number', oldValue: 1, newValue: 2 },
      { namespace: 'seer', key: 'feature.f', oldValue: undefined, newValue: FLAG },
    ]);
    expect(event.changes).toBe(event.changes);
  });

  it('hears on a later turn, and of missed generations at once', async () => {
    const { base, store } = open();
    const listener = new Listener();
    store.onReload(listener.hear);
    const heard = listener.next();
    for (const number of [2, 3, 4]) {
      base.writeValues('seer', { number });
      store.refreshSync();
      // This read adopts the new generation, and calls nobody.
      expect(store.namespace('seer').get('number')).toBe(number);
    }
    expect(listener.events).toEqual([]);
    const event = await heard;
    expect(event).toMatchObject({ generation: 4, previousGeneration: 1 });
    expect(event.changes).toEqual([{ namespace: 'seer', key: 'number', oldValue: 1, newValue: 4 }]);
    expect(listener.events).toHaveLength(1);
  });

  it('hears nothing after a touch, after it was disposed of, or after the store was closed', async () => {
    const { base, store } = open();
    const [kept, disposed] = [new Listener(), new Listener()];
    store.onReload(kept.hear);
    const subscription = store.onReload(disposed.hear);
    subscription[Symbol.dispose]();
    subscription[Symbol.dispose]();
    base.writeValues('seer', { number: 2 });
    const heard = kept.next();
    await store.refresh();
    await heard;
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    await store.close();
    await sleep(20);
    expect([kept.events.length, disposed.events.length]).toEqual([1, 0]);
  });

  it('that throws harms no other', async () => {
    const { base, store } = open();
    const listener = new Listener();
    store.onReload(() => {
      throw new Error('the listener has a bug');
    });
    store.onReload(listener.hear);
    for (const number of [2, 3]) {
      base.writeValues('seer', { number });
      const heard = listener.next();
      await store.refresh();
      await heard;
    }
    expect(listener.events.map(({ generation }) => generation)).toEqual([2, 3]);
  });

  it('may be registered twice, and each registration is disposed of alone', async () => {
    const { base, store } = open();
    const listener = new Listener();
    store.onReload(listener.hear);
    const second = store.onReload(listener.hear);
    second[Symbol.dispose]();
    base.writeValues('seer', { number: 2 });
    const heard = listener.next();
    await store.refresh();
    await heard;
    expect(listener.events).toHaveLength(1);
  });
});

describe('changes()', () => {
  it('delivers, merged while nobody waits, and ends when the store is closed', async () => {
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

  it('delivers what is published between the call and the first wait', async () => {
    const { base, store } = open();
    const changes = store.changes();
    base.writeValues('seer', { number: 2 });
    await store.refresh();
    for await (const { generation } of changes) {
      expect(generation).toBe(2);
      break;
    }
  });

  it('ends when the watcher crashes', async () => {
    const { store } = open();
    const end = collect(store.changes());
    await crashWatcher(store, 'exception');
    expect(await end).toEqual([]);
    // And at once where it is dead already.
    expect(await collect(store.changes())).toEqual([]);
  });

  it('ends when its signal aborts, now or before', async () => {
    const { store } = open();
    const controller = new AbortController();
    const end = collect(store.changes({ signal: controller.signal }));
    await sleep(1);
    controller.abort();
    expect(await end).toEqual([]);
    expect(await collect(store.changes({ signal: AbortSignal.abort() }))).toEqual([]);
  });

  it('ends in a thread that lets go of the store, while the owner goes on', async () => {
    const base = new Base({ seer: { number: integer(1) } });
    const owner = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => owner.close());
    const attached = attach(owner.handle);
    const end = collect(attached.changes());
    await close();
    expect(await end).toEqual([]);
    expect(owner.status().watcher).toBe('running');
  });

  it('delivers what was published before the end', async () => {
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
  it('are those of this thread', async () => {
    const { onReload } = await import('sentry-options');
    const base = new Base({ seer: { number: integer(1) } });
    const store = init({ directory: base.directory, pollInterval: 10, logger: QUIET });
    onTestFinished(() => close());
    const listener = new Listener();
    onReload(listener.hear);
    const heard = listener.next();
    base.writeValues('seer', { number: 2 });
    // Nobody asks: the poll itself finds it.
    expect(await heard).toMatchObject({ generation: 2 });
    expect(store.generation).toBe(2);
  });
});

async function collect(changes: AsyncIterable<ReloadEvent>): Promise<ReloadEvent[]> {
  const events: ReloadEvent[] = [];
  for await (const event of changes) events.push(event);
  return events;
}
