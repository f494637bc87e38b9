/** Tests when listeners get events, step by step: the memory is a store's, and the test acts as its watcher. */
import { createHook } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { composeSnapshot } from '../../src/codec/compose.js';
import { SegmentEncoder } from '../../src/codec/encode.js';
import { ChangeListeners } from '../../src/events/change-listeners.js';
import { DiagnosticsChannels } from '../../src/events/diagnostics-channels.js';
import { buildReloadEvent, type ReloadEvent } from '../../src/events/reload-event.js';
import { ReloadEvents } from '../../src/events/reload-events.js';
import { createCell } from '../../src/memory/cell/layout.js';
import { CellReader } from '../../src/memory/cell/reader.js';
import { CellWriter } from '../../src/memory/cell/writer.js';
import { Control, WatcherState } from '../../src/memory/control.js';
import { makeHandle } from '../../src/memory/handle.js';
import { loadSchemas } from '../../src/schema/load-schemas.js';
import { shareSchemas } from '../../src/schema/share-schemas.js';
import { StoreView } from '../../src/view/view.js';
import { integer } from '../support/base.js';
import { failCopies } from '../support/fail-copies.js';
import { makeMemoryStore } from '../support/memory-store.js';
import { waitForSignals } from '../support/signals.js';

const RESERVES = [2 ** 20];

/** Makes a store's view, and the steps of its watcher. */
function makeStore() {
  const properties = { number: integer(1) };
  const schemas = loadSchemas({
    directory: '/nowhere',
    schemas: { seer: JSON.stringify({ version: '1.0', type: 'object', properties }) },
  });
  const control = Control.create(5_000);
  const values = createCell(RESERVES);
  const cell = new CellWriter(values);
  const publish = (number: number) => {
    const encoder = new SegmentEncoder(1);
    encoder.set(0, number);
    cell.publish(composeSnapshot({ generation: cell.generation + 1, segments: [encoder.finish()] }));
  };
  publish(1);
  control.describe(1);
  control.moveState(WatcherState.STARTING, WatcherState.RUNNING);
  const parts = { id: 'test', directory: '/nowhere', control: control.buffer, isInMemory: false, threads: null };
  const view = new StoreView(makeHandle({ ...parts, values, status: createCell(RESERVES), ...shareSchemas(schemas) }));
  return { view, control, publish };
}

describe('ReloadEvents', () => {
  it.each([
    ['A store that only listens', (view: StoreView) => new ReloadEvents(view)],
    ['A store that this thread started', (view: StoreView) => new ReloadEvents(view, new DiagnosticsChannels(view))],
  ])(
    '%s emits no event for a generation before its status is written, even on another signal',
    async (_, openEvents) => {
      const { view, control, publish } = makeStore();
      const events = openEvents(view);
      const received: ReloadEvent[] = [];
      events.onReload((event) => received.push(event));
      const pending = events.changes().next();
      publish(2);
      await waitForSignals(control);
      expect(received).toEqual([]);
      control.describe(2);
      await waitForSignals(control);
      expect(received.map(({ previousGeneration: previous, generation }) => [previous, generation])).toEqual([[1, 2]]);
      expect((await pending).value).toMatchObject({ previousGeneration: 1, generation: 2 });
      events.close();
    },
  );

  it('The event of a generation is emitted without its status if the watcher has died', async () => {
    const { view, control, publish } = makeStore();
    const events = new ReloadEvents(view);
    const received: ReloadEvent[] = [];
    events.onReload((event) => received.push(event));
    publish(2);
    control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, 'in the middle');
    await waitForSignals(control);
    expect(received.map(({ generation }) => generation)).toEqual([2]);
    events.close();
  });

  it('Nothing waits any more for a store that has ended, although listeners were not removed', async () => {
    const { view, control, publish } = makeStore();
    const events = new ReloadEvents(view);
    const received: number[] = [];
    events.onReload(({ generation }) => received.push(generation));
    publish(2);
    control.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'closed elsewhere');
    await waitForSignals(control);
    expect(received).toEqual([2]);
    expect(view.signalWait.isIdle).toBe(true);
  });

  it('A listener of a store that has ended gets the last event once this thread can read it', async () => {
    const { view, control, publish } = makeStore();
    const events = new ReloadEvents(view);
    const received: number[] = [];
    events.onReload(({ generation }) => received.push(generation));
    const noMemory = vi.spyOn(CellReader.prototype, 'acquire').mockImplementation(() => {
      throw new RangeError('Array buffer allocation failed');
    });
    onTestFinished(() => noMemory.mockRestore());
    publish(2);
    control.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'closed elsewhere');
    await waitForSignals(control);
    expect(received).toEqual([]);
    noMemory.mockRestore();
    await vi.waitUntil(() => received.length > 0, 10_000);
    expect(received).toEqual([2]);
    expect(view.signalWait.isIdle).toBe(true);
  });

  it('A listener gets the event of a generation that is published while it is registered', async () => {
    const { view, control, publish } = makeStore();
    const events = new ReloadEvents(view);
    const pin = view.pin.bind(view);
    vi.spyOn(view, 'pin').mockImplementationOnce(() => {
      const reading = pin();
      publish(2);
      control.describe(2);
      control.signalAll();
      return reading;
    });
    const received: number[] = [];
    events.onReload(({ generation }) => received.push(generation));
    // Without another signal.
    await vi.waitUntil(() => received.length > 0, 10_000);
    expect(received).toEqual([2]);
    events.close();
  });

  it('A listener that is registered after close() is not called, and waits for nothing', async () => {
    const { view, control, publish } = makeStore();
    const events = new ReloadEvents(view);
    events.close();
    const listener = vi.fn();
    events.onReload(listener)[Symbol.dispose]();
    events.onReload(listener);
    publish(2);
    control.describe(2);
    await waitForSignals(control);
    expect(listener).not.toHaveBeenCalled();
    expect(view.signalWait.isIdle).toBe(true);
  });
});

it('An event names each changed option by its own namespace, in the order of namespaces and options', () => {
  const options = { number: integer(1), other: integer(1) };
  const { handle, publish } = makeMemoryStore({ a: options, b: options, c: {}, d: options, e: options }, {});
  const view = new StoreView(handle);
  const previous = view.pin();
  publish({ e: { number: 2 } });
  publish({ e: { number: 2 }, a: { number: 3, other: 4 }, d: { other: 5 } });
  const { changes } = buildReloadEvent(view, previous, view.pin());
  expect(changes.map(({ namespace, key, newValue }) => [namespace, key, newValue])).toEqual([
    ['a', 'number', 3],
    ['a', 'other', 4],
    ['d', 'other', 5],
    ['e', 'number', 2],
  ]);
});

describe('ReloadIterator', () => {
  it('An iterator that ends more than once leaves a snapshot to those who still read it', async () => {
    const { view, control, publish } = makeStore();
    const events = new ReloadEvents(view);
    const pinned = view.pin();
    const iterator = events.changes();
    for (let time = 0; time < 3; time++) await iterator.return();
    for (const number of [2, 3, 4]) {
      publish(number);
      control.describe(number);
      view.adopt();
    }
    expect(view.valueIn(pinned.snapshot, 0)).toBe(1);
    view.unpin(pinned);
    events.close();
  });
});

describe('a reload that changes no option', () => {
  /** Collects the messages of the channel `sentry-options:reload`. */
  function listenToChannel(): ReloadEvent[] {
    const messages: ReloadEvent[] = [];
    const collect = (message: unknown) => void messages.push(message as ReloadEvent);
    subscribe('sentry-options:reload', collect);
    onTestFinished(() => void unsubscribe('sentry-options:reload', collect));
    return messages;
  }

  const describeEvent = ({ previousGeneration, generation, changes }: ReloadEvent) => [
    previousGeneration,
    generation,
    changes.map(({ oldValue, newValue }) => [oldValue, newValue]),
  ];

  it('Listeners, iterators and the channel report it without changes, and merge it with others', async () => {
    const { handle, control, publish, confirm } = makeMemoryStore({ seer: { number: integer(1) } }, {});
    const view = new StoreView(handle);
    const events = new ReloadEvents(view, new DiagnosticsChannels(view));
    const messages = listenToChannel();
    const received: ReloadEvent[] = [];
    events.onReload((event) => received.push(event));
    const iterated: ReloadEvent[] = [];
    const iteration = (async () => {
      for await (const event of events.changes()) iterated.push(event);
    })();
    const change = (number: number) => void publish({ seer: { number } });
    const rounds = [
      [confirm],
      [confirm, confirm],
      [() => change(2)],
      [confirm],
      [() => change(3), confirm],
      [confirm, () => change(4)],
      [() => change(5), () => change(4)],
    ];
    for (const steps of rounds) {
      for (const step of steps) step();
      await waitForSignals(control);
    }
    const expected = [
      [1, 2, []],
      [2, 4, []],
      [4, 5, [[1, 2]]],
      [5, 6, []],
      [6, 8, [[2, 3]]],
      [8, 10, [[3, 4]]],
      [10, 12, []],
    ];
    expect(received.map(describeEvent)).toEqual(expected);
    expect(messages.map(describeEvent)).toEqual(expected);
    expect(iterated.map(describeEvent)).toEqual(expected);
    events.close();
    await iteration;
  });

  it('A listener and a subscriber of the channel that come later report what follows', async () => {
    const { handle, control, publish, confirm } = makeMemoryStore({ seer: { number: integer(1) } }, {});
    const view = new StoreView(handle);
    const events = new ReloadEvents(view, new DiagnosticsChannels(view));
    confirm();
    await waitForSignals(control);
    const messages = listenToChannel();
    const received: ReloadEvent[] = [];
    events.onReload((event) => received.push(event));
    confirm();
    await waitForSignals(control);
    publish({ seer: { number: 2 } });
    view.adopt();
    confirm();
    await waitForSignals(control);
    const expected = [
      [2, 3, []],
      [3, 5, [[1, 2]]],
    ];
    expect(received.map(describeEvent)).toEqual(expected);
    expect(messages.map(describeEvent)).toEqual(expected);
    events.close();
  });
});

it.each([
  ['changes an option', true],
  ['changes no option', false],
])('The channel reports what a subscriber adopts during the message of a reload that %s', async (_, isChange) => {
  const { handle, control, publish, confirm } = makeMemoryStore({ seer: { number: integer(1) } }, {});
  const view = new StoreView(handle);
  const events = new ReloadEvents(view, new DiagnosticsChannels(view));
  const messages: unknown[] = [];
  const collect = (message: unknown) => {
    const { previousGeneration, generation, changes } = message as ReloadEvent;
    messages.push([previousGeneration, generation, changes.map(({ newValue }) => newValue)]);
    if (generation !== 2) return;
    publish({ seer: { number: 3 } });
    view.adopt();
  };
  subscribe('sentry-options:reload', collect);
  onTestFinished(() => void unsubscribe('sentry-options:reload', collect));
  if (isChange) publish({ seer: { number: 2 } });
  else confirm();
  await waitForSignals(control);
  await waitForSignals(control);
  expect(messages).toEqual([
    [1, 2, isChange ? [2] : []],
    [2, 3, [3]],
  ]);
  events.close();
});

describe('ChangeListeners', () => {
  /** Opens a store with the values 1, and adds listeners to its option. */
  function openListeners() {
    const store = makeMemoryStore({ seer: { number: integer(0) } }, { seer: { number: 1 } });
    const view = new StoreView(store.handle);
    const events = new ReloadEvents(view);
    onTestFinished(() => events.close());
    const listeners = new ChangeListeners(events);
    const received: unknown[] = [];
    const add = () =>
      listeners.add({ view, namespace: 'seer', options: [{ key: 'number', id: 0 }] }, (changes) =>
        received.push(...changes.map(({ oldValue, newValue }) => [oldValue, newValue])),
      );
    return { ...store, view, add, received };
  }

  it('A listener is added although an asynchronous hook of the host adopts reloads meanwhile', async () => {
    const { view, control, publish, add, received } = openListeners();
    const hook = createHook({
      init(_, type) {
        if (type !== 'sentry-options.onChange') return;
        for (const number of [2, 3, 4]) {
          publish({ seer: { number } });
          view.adopt();
        }
      },
    });
    hook.enable();
    onTestFinished(() => void hook.disable());
    add();
    hook.disable();
    publish({ seer: { number: 5 } });
    await waitForSignals(control);
    expect(received).toEqual([[4, 5]]);
  });

  it('A listener is called for a change that is published while it is added', async () => {
    const { view, control, publish, add, received } = openListeners();
    const read = view.valueIn.bind(view);
    const spy = vi.spyOn(view, 'valueIn').mockImplementation((snapshot, id) => {
      spy.mockRestore();
      publish({ seer: { number: 2 } });
      return read(snapshot, id);
    });
    add();
    await waitForSignals(control);
    expect(received).toEqual([[1, 2]]);
  });
});

it('Listeners and iterators get the event of a generation that could not be read for a moment', async () => {
  const { view, control, publish } = makeStore();
  const events = new ReloadEvents(view);
  const received: ReloadEvent[] = [];
  events.onReload((event) => received.push(event));
  const pending = events.changes().next();
  const onTry = vi.fn();
  const noMemory = failCopies(onTry);
  publish(2);
  control.describe(2);
  await waitForSignals(control);
  expect(onTry).toHaveBeenCalled();
  expect(received).toEqual([]);
  noMemory.restore();
  // Without another signal.
  expect((await pending).value).toMatchObject({ previousGeneration: 1, generation: 2 });
  await vi.waitUntil(() => received.length > 0, 30_000);
  expect(received.map(({ previousGeneration: previous, generation }) => [previous, generation])).toEqual([[1, 2]]);
  events.close();
});

it('ReloadEvents observes a crash once its reason is known, even if the thread set none', async () => {
  const { view, control } = makeStore();
  const observed: [WatcherState, string | undefined][] = [];
  const events = new ReloadEvents(view, { observe: (state) => observed.push([state, control.reason]) });
  // The state that another thread sees between the two steps of a move.
  control.moveState(WatcherState.RUNNING, WatcherState.CRASHED);
  await waitForSignals(control);
  expect(observed.every(([state]) => state === WatcherState.RUNNING)).toBe(true);
  control.setReason('it was terminated');
  control.setReason('it was terminated twice');
  await waitForSignals(control);
  expect(observed.filter(([state]) => state !== WatcherState.RUNNING)).toEqual([
    [WatcherState.CRASHED, 'it was terminated'],
  ]);
  events.close();
});
