/** Tests the listeners of options, step by step: the memory is a store's, and the test acts as its watcher. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { attach, close, type OptionsStore, openOptions, options, SnapshotUnreadableError } from 'sentry-options';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { OptionValue } from '../../src/common/value.js';
import { WatcherState } from '../../src/memory/control.js';
import { alwaysOff, alwaysOn } from '../../src/testing/features.js';
import type { StoreView } from '../../src/view/view.js';
import { Base, integer } from '../support/base.js';
import { failCopies } from '../support/fail-copies.js';
import { type MemoryStore, makeMemoryStore } from '../support/memory-store.js';
import { waitForSignals } from '../support/signals.js';

const FLAG = { $ref: '#/definitions/Feature' };
const LIST = { type: 'array', items: { type: 'integer' }, default: [], description: 'a list' };
const PROPERTIES = {
  relay: { number: integer(1) },
  seer: { number: integer(1), list: LIST, other: integer(1), 'feature.on': FLAG },
};

afterEach(() => close());

/** Makes a store with `values` of the namespace `seer`, and opens it. */
function open(values: Record<string, OptionValue> = {}) {
  const memory = makeMemoryStore(PROPERTIES, { seer: values });
  const store = openOptions({ handle: memory.handle });
  onTestFinished(() => store.close());
  return { ...memory, store, seer: store.namespace('seer') };
}

/** Returns the internal view, which the declarations hide. */
function getView(store: OptionsStore): StoreView {
  return (store as unknown as { view: StoreView }).view;
}

/** Waits until nothing but `reference` refers to its object. */
async function waitUntilCollected(reference: WeakRef<object>): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  await vi.waitUntil(async () => {
    // An object stays in memory until the end of the turn that made or read its reference.
    await turn();
    collectGarbage();
    return reference.deref() === undefined;
  }, 30_000);
}

describe('Option.onChange', () => {
  it('A listener gets the new and the previous value, on a later turn, also after a read of the new value', async () => {
    const { seer, publish, control } = open();
    const listener = vi.fn();
    seer.option('number').onChange(listener);
    for (const number of [2, 3]) {
      publish({ seer: { number } });
      expect(seer.get('number')).toBe(number);
      expect(listener).toHaveBeenCalledTimes(number - 2);
      await waitForSignals(control);
    }
    expect(listener.mock.calls).toEqual([
      [2, 1],
      [3, 2],
    ]);
  });

  it('Missed generations are one call, and none if the value is the same again', async () => {
    const { seer, publish, control } = open({ number: 1, list: [1] });
    const number = vi.fn();
    const list = vi.fn();
    seer.option('number').onChange(number);
    seer.option('list').onChange(list);
    const before = seer.get('list');
    for (const last of [2, 3, 1]) {
      publish({ seer: { number: last + 10, list: [last] } });
      seer.get('list');
    }
    await waitForSignals(control);
    expect(number.mock.calls).toEqual([[11, 1]]);
    expect(list).not.toHaveBeenCalled();
    // Set or not: the value is the same.
    publish({ seer: { list: [1] } });
    publish({ seer: { number: 11, list: [2] } });
    await waitForSignals(control);
    expect(number).toHaveBeenCalledOnce();
    expect(list.mock.calls).toEqual([[[2], before]]);
    expect(list.mock.calls[0]?.[1]).toBe(before);
  });

  it('A listener is not called for other options, for reloads without a change, or for earlier values', async () => {
    const { seer, publish, confirm, control } = open();
    const listener = vi.fn();
    seer.option('number').onChange(() => {});
    publish({ seer: { number: 2 } });
    expect(seer.get('number')).toBe(2);
    // The signal of the value 2 has not arrived yet.
    seer.option('number').onChange(listener);
    await waitForSignals(control);
    publish({ relay: { number: 5 }, seer: { number: 2, other: 3, list: [3] } });
    await waitForSignals(control);
    confirm();
    await waitForSignals(control);
    expect(listener).not.toHaveBeenCalled();
    publish({ seer: { number: 3 } });
    await waitForSignals(control);
    expect(listener.mock.calls).toEqual([[3, 2]]);
  });

  it('A flag that is not set is undefined', async () => {
    const { seer, publish, control } = open();
    const listener = vi.fn();
    seer.option('feature.on').onChange(listener);
    publish({ seer: { 'feature.on': alwaysOn() } });
    await waitForSignals(control);
    publish({});
    await waitForSignals(control);
    expect(listener.mock.calls).toEqual([
      [alwaysOn(), undefined],
      [undefined, alwaysOn()],
    ]);
  });

  it('An override calls no listener, and a listener gets live values under it', async () => {
    const { store, seer, publish, control } = open();
    const view = getView(store);
    const listener = vi.fn();
    const overrides = { get: () => 99, visible: () => new Map() };
    seer.option('number').onChange(listener);
    view.setOverrides(overrides, true);
    seer.option('other').onChange(listener);
    control.signalAll();
    await waitForSignals(control);
    expect(seer.get('number')).toBe(99);
    publish({ seer: { number: 2, other: 3 } });
    await waitForSignals(control);
    view.setOverrides(overrides, false);
    await waitForSignals(control);
    expect(listener.mock.calls).toEqual([
      [2, 1],
      [3, 1],
    ]);
  });

  it('A listener runs in the asynchronous context of its registration', async () => {
    const { seer, publish, control } = open();
    const requests = new AsyncLocalStorage<string>();
    const contexts: unknown[] = [];
    const collect = () => void contexts.push(requests.getStore());
    requests.run('first', () => seer.option('number').onChange(collect));
    requests.run('second', () => seer.onChange(['number'], collect));
    publish({ seer: { number: 2 } });
    await waitForSignals(control);
    expect(contexts).toEqual(['first', 'second']);
  });

  it('Listeners are called in the order of their registration, and one that is removed meanwhile is not', async () => {
    const { seer, publish, control } = open();
    const calls: string[] = [];
    seer.option('other').onChange(() => {
      calls.push('other');
      removed[Symbol.dispose]();
      seer.option('other').onChange(() => calls.push('added'));
    });
    seer.option('number').onChange(() => calls.push('number'));
    const removed = seer.option('number').onChange(() => calls.push('removed'));
    publish({ seer: { number: 2, other: 2 } });
    await waitForSignals(control);
    expect(calls).toEqual(['other', 'number']);
  });

  it('A listener without its values at the moment is called when they can be read', async () => {
    const { store, seer, publish, control } = open();
    const listener = vi.fn();
    seer.option('number').onChange(listener);
    const restore = failCopies().restore;
    publish({ seer: { number: 2 } });
    await waitForSignals(control);
    expect(listener).not.toHaveBeenCalled();
    restore();
    // Without another signal.
    await vi.waitUntil(() => listener.mock.calls.length > 0, 30_000);
    // A default that other code has overwritten for a while.
    const view = getView(store);
    const read = vi.spyOn(view, 'valueIn').mockImplementation(() => {
      throw new SnapshotUnreadableError('The default is overwritten.');
    });
    publish({ seer: {} });
    await waitForSignals(control);
    read.mockRestore();
    publish({ relay: { number: 2 } });
    await waitForSignals(control);
    expect(listener.mock.calls).toEqual([
      [2, 1],
      [1, 2],
    ]);
  });

  it('A listener that throws or rejects does not affect others, and each failure is logged once', async () => {
    const base = new Base({ seer: { number: integer(1) } });
    const messages: (string | undefined)[] = [];
    const log = (message: string) => void messages.push(message.split('\n')[0]);
    const logger = { debug() {}, info() {}, warn() {}, error: log };
    const store = openOptions({ directory: base.directory, pollInterval: null, logger });
    onTestFinished(() => store.close());
    const number = store.namespace('seer').option('number');
    // The same each time, stack included.
    const thrown = new Error('it throws');
    const rejected = new Error('it rejects');
    number.onChange(() => {
      throw thrown;
    });
    number.onChange(async () => {
      throw rejected;
    });
    const listener = vi.fn();
    number.onChange(listener);
    for (const value of [2, 3]) {
      base.writeValues('seer', { number: value });
      await store.refresh();
      await vi.waitUntil(() => listener.mock.calls.length === value - 1, 30_000);
    }
    await vi.waitUntil(() => messages.length > 1, 30_000);
    expect(messages).toEqual(['throws', 'rejects'].map((how) => `A change listener failed: Error: it ${how}`));
  });

  it('A listener that is not a function, and an option that no schema declares, are errors', () => {
    const { seer, store } = open();
    expect(() => seer.option('number').onChange(null as never)).toThrow('listener must be a function; got null.');
    expect(() => seer.onChange(['number'], {} as never)).toThrow('listener must be a function; got object.');
    const unknown = expect.objectContaining({ code: 'UNKNOWN_OPTION', key: 'nope' });
    expect(() => seer.onChange(['number', 'nope'], () => {})).toThrow(unknown);
    expect(() => store.namespace('nope').onChange(['number'], () => {})).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_NAMESPACE' }),
    );
    const noStore = expect.objectContaining({ code: 'NOT_INITIALIZED' });
    expect(() =>
      options('seer')
        .option('number')
        .onChange(() => {}),
    ).toThrow(noStore);
    expect(() => options('seer').onChange(['number'], () => {})).toThrow(noStore);
    expect(getView(store).signalWait.isIdle).toBe(true);
  });
});

describe('NamespaceOptions.onChange', () => {
  it('A listener gets the changes of the options that it names, in one call for each reload', async () => {
    const { seer, publish, control } = open({ other: 5 });
    const listener = vi.fn();
    seer.onChange(['feature.on', 'number', 'list', 'number'], listener);
    publish({ seer: { number: 2, other: 6, 'feature.on': alwaysOff() } });
    await waitForSignals(control);
    publish({ seer: { number: 2, other: 7, 'feature.on': alwaysOff() } });
    await waitForSignals(control);
    expect(listener.mock.calls).toEqual([
      [
        [
          { namespace: 'seer', key: 'number', oldValue: 1, newValue: 2 },
          { namespace: 'seer', key: 'feature.on', oldValue: undefined, newValue: alwaysOff() },
        ],
      ],
    ]);
  });

  it.each([
    [undefined, 'keys must be an array of option names; got undefined.'],
    ['number', 'keys must be an array of option names; got string.'],
    [new Set(['number']), 'keys must be an array of option names; got object.'],
    [['number', 5], 'keys must be an array of option names; got an item of type number.'],
    [new Array(2), 'keys must be an array of option names; got an item of type undefined.'],
    [[], 'keys must name at least one option; got an empty array.'],
  ])('Other keys than a list of names are an error: %j', (keys, message) => {
    const { seer } = open();
    expect(() => seer.onChange(keys as never, () => {})).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', key: 'keys', message }),
    );
  });
});

describe('the work of listeners', () => {
  it('A reload decodes the options that changed, in one native wait, however many listeners there are', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `n${index}`);
    const memory = makeMemoryStore({ seer: Object.fromEntries(names.map((name) => [name, integer(0)])) }, {});
    const waits = vi.spyOn(Atomics, 'waitAsync');
    onTestFinished(() => waits.mockRestore());
    const store = openOptions({ handle: memory.handle });
    onTestFinished(() => store.close());
    const seer = store.namespace('seer');
    const calls: unknown[] = [];
    const subscriptions = names.map((name) => seer.option(name).onChange((value) => calls.push([name, value])));
    expect(waits).toHaveBeenCalledOnce();
    await turn();
    const read = vi.spyOn(getView(store), 'valueIn');
    const find = vi.spyOn(getView(store).names, 'read');
    memory.publish({ seer: { n1999: 1, n3: 2, n500: 3 } });
    await waitForSignals(memory.control);
    expect(calls).toEqual([
      ['n3', 2],
      ['n500', 3],
      ['n1999', 1],
    ]);
    expect([read.mock.calls.length, find.mock.calls.length]).toEqual([3, 0]);
    // What did not change since the last reload is not read again.
    memory.publish({ seer: { n1999: 1, n3: 2, n500: 4 } });
    await waitForSignals(memory.control);
    expect([calls.slice(3), read.mock.calls.length]).toEqual([[['n500', 4]], 4]);
    for (const subscription of subscriptions) subscription[Symbol.dispose]();
    expect(getView(store).signalWait.isIdle).toBe(true);
    memory.publish({ seer: { n3: 3 } });
    await waitForSignals(memory.control);
    expect([read.mock.calls.length, getView(store).adopted?.generation]).toEqual([4, 3]);
  });

  it('Nothing waits for a store without listeners, or after the last one is removed', async () => {
    const { store, seer, publish, control } = open();
    seer.option('number');
    expect(getView(store).signalWait.isIdle).toBe(true);
    const first = seer.option('number').onChange(() => {});
    const second = seer.onChange(['number', 'other'], () => {});
    first[Symbol.dispose]();
    expect(getView(store).signalWait.isIdle).toBe(false);
    second[Symbol.dispose]();
    second[Symbol.dispose]();
    expect(getView(store).signalWait.isIdle).toBe(true);
    const decode = vi.spyOn(getView(store), 'valueIn');
    publish({ seer: { number: 2 } });
    await waitForSignals(control);
    expect(decode).not.toHaveBeenCalled();
  });
});

describe('the listeners of one store', () => {
  it('They end when this thread closes the store, and none is added afterwards', async () => {
    const { store, seer, publish, control } = open();
    const listener = vi.fn();
    const subscription = seer.option('number').onChange(listener);
    await store.close();
    expect(getView(store).signalWait.isIdle).toBe(true);
    seer.option('number').onChange(listener);
    publish({ seer: { number: 2 } });
    await waitForSignals(control);
    subscription[Symbol.dispose]();
    expect(listener).not.toHaveBeenCalled();
    expect(getView(store).signalWait.isIdle).toBe(true);
  });

  it('They end with the watcher, after its last values', async () => {
    const { store, seer, publish, control } = open();
    const listener = vi.fn();
    seer.option('number').onChange(listener);
    publish({ seer: { number: 2 } });
    control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'on demand');
    await waitForSignals(control);
    expect(listener.mock.calls).toEqual([[2, 1]]);
    expect(getView(store).signalWait.isIdle).toBe(true);
  });

  it('A closed store keeps no listener in memory, whenever it was added', async () => {
    const { store, seer } = open();
    const addListener = () => {
      const listener = () => {};
      seer.option('number').onChange(listener);
      return new WeakRef(listener);
    };
    const early = addListener();
    await store.close();
    const late = addListener();
    await waitUntilCollected(early);
    await waitUntilCollected(late);
    expect(seer.get('number')).toBe(1);
  });
});

describe('the listeners of what options() returns', () => {
  /** Removes a listener when the test ends: it would outlive the store, and follow to the next test's. */
  const own = (subscription: Disposable): void => onTestFinished(() => subscription[Symbol.dispose]());
  const attachAnew = async (memory: MemoryStore): Promise<OptionsStore> => {
    await close();
    return attach(memory.handle);
  };

  it('They move to the next store of the thread, and report what differs there, on a later turn', async () => {
    const first = makeMemoryStore(PROPERTIES, { seer: { number: 2, other: 7 } });
    // Its options have other indexes.
    const second = makeMemoryStore(
      {
        another: { a: integer(1), b: integer(1) },
        seer: { before: integer(1), other: integer(1), number: integer(3) },
      },
      { seer: { other: 7 } },
    );
    const store = attach(first.handle);
    const seer = options('seer');
    const calls: unknown[] = [];
    const number = seer.option('number').onChange((value, previous) => calls.push(['number', value, previous]));
    own(seer.onChange(['number', 'other'], (changes) => calls.push(changes.map(({ key }) => key))));
    await close();
    expect(getView(store).signalWait.isIdle).toBe(true);
    first.publish({ seer: { number: 5, other: 5 } });
    await waitForSignals(first.control);
    // The thread has left that store.
    expect(calls).toEqual([]);
    attach(second.handle);
    expect(calls).toEqual([]);
    await turn();
    expect(calls).toEqual([['number', 3, 2], ['number']]);
    calls.length = 0;
    second.publish({ seer: { other: 8, number: 3, before: 6 } });
    await waitForSignals(second.control);
    expect(calls).toEqual([['other']]);
    calls.length = 0;
    second.publish({ seer: { other: 8, number: 4 } });
    await waitForSignals(second.control);
    expect(calls).toEqual([['number', 4, 3], ['number']]);
    number[Symbol.dispose]();
    second.publish({ seer: { other: 8, number: 5 } });
    await waitForSignals(second.control);
    expect(calls.slice(2)).toEqual([['number']]);
  });

  it('A store without the option is passed over, and the next one is compared with the last value', async () => {
    const first = makeMemoryStore(PROPERTIES, { seer: { number: 2 } });
    const without = makeMemoryStore({ relay: { number: integer(9) } }, {});
    const same = makeMemoryStore(PROPERTIES, { seer: { number: 2 } });
    const listener = vi.fn();
    attach(first.handle);
    own(options('seer').option('number').onChange(listener));
    for (const next of [without, same]) {
      await attachAnew(next);
      await turn();
      next.publish({ relay: { number: 3 }, seer: { number: 2 } });
      await waitForSignals(next.control);
    }
    expect(listener).not.toHaveBeenCalled();
    same.publish({ seer: { number: 3 } });
    await waitForSignals(same.control);
    expect(listener.mock.calls).toEqual([[3, 2]]);
  });

  it('They outlive a watcher that ends, and a listener may be added while the thread has no store', async () => {
    const first = makeMemoryStore(PROPERTIES, { seer: { number: 2 } });
    const second = makeMemoryStore(PROPERTIES, { seer: { number: 3 } });
    const [before, after, late] = [vi.fn(), vi.fn(), vi.fn()];
    const store = attach(first.handle);
    const number = options('seer').option('number');
    own(number.onChange(before));
    first.control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'on demand');
    await waitForSignals(first.control);
    expect(getView(store).signalWait.isIdle).toBe(true);
    own(number.onChange(after));
    await turn();
    expect(getView(store).signalWait.isIdle).toBe(true);
    await close();
    const removed = number.onChange(late);
    own(number.onChange(late));
    removed[Symbol.dispose]();
    attach(second.handle);
    await turn();
    for (const listener of [before, after, late]) expect(listener.mock.calls).toEqual([[3, 2]]);
    second.publish({ seer: { number: 4 } });
    await waitForSignals(second.control);
    for (const listener of [before, after, late])
      expect(listener.mock.calls).toEqual([
        [3, 2],
        [4, 3],
      ]);
  });

  it('Listeners that were not removed keep neither a closed store nor its values in memory', async () => {
    const kept = vi.fn();
    /** Only this function holds the store. */
    const useStore = async () => {
      const { handle } = makeMemoryStore(PROPERTIES, { seer: { number: 2 } });
      const store = attach(handle);
      const own = store.namespace('seer');
      own.option('number').onChange(kept);
      const subscription = options('seer').option('number').onChange(kept);
      await close();
      return { subscription, view: new WeakRef(getView(store)) };
    };
    const { subscription, view } = await useStore();
    own(subscription);
    await waitUntilCollected(view);
  });

  it('A removed listener leaves the next store without a wait', async () => {
    const first = makeMemoryStore(PROPERTIES, {});
    const second = makeMemoryStore(PROPERTIES, {});
    attach(first.handle);
    const subscription = options('seer')
      .option('number')
      .onChange(() => {});
    await close();
    subscription[Symbol.dispose]();
    expect(getView(attach(second.handle)).signalWait.isIdle).toBe(true);
  });
});
