/** Tests a thread's view of a store at its limits: no stack, no memory, memory that other code has overwritten. */
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { SnapshotUnreadableError, UnknownOptionError } from '../../src/common/errors.js';
import { ChangeListeners } from '../../src/events/change-listeners.js';
import { buildReloadEvent } from '../../src/events/reload-event.js';
import { GENERATION, locateSlot, SLOT_CHECKSUM, SLOT_OFFSET } from '../../src/memory/cell/layout.js';
import { WatcherState } from '../../src/memory/control.js';
import { POLL_INTERVAL } from '../../src/memory/control-layout.js';
import { FeatureChecker } from '../../src/reading/feature-checker.js';
import { LiveFlags, PinnedFlags } from '../../src/reading/flags.js';
import { NamespaceOptions } from '../../src/reading/namespace.js';
import { alwaysOff, alwaysOn } from '../../src/testing/features.js';
import { StoreView } from '../../src/view/view.js';
import { integer } from '../support/base.js';
import { failCopies } from '../support/fail-copies.js';
import { type MemoryStore, makeMemoryStore } from '../support/memory-store.js';
import { callAtEndOfStack } from '../support/stack.js';

const clock = vi.hoisted(() => ({ offset: 0 }));
vi.mock('../../src/common/host-time.js', async (load) => {
  const real = await load<typeof import('../../src/common/host-time.js')>();
  return { ...real, monotonicTime: () => real.monotonicTime() + clock.offset };
});

const LIST = { type: 'array', items: { type: 'integer' }, default: [], description: 'a list' };
const PROPERTIES = { seer: { number: integer(-1), list: LIST, 'feature.on': { $ref: '#/definitions/Feature' } } };

const makeValues = (number: number) => ({
  seer: { number, list: [number, number], 'feature.on': number % 2 === 1 ? alwaysOn() : alwaysOff() },
});
const makeStore = () => makeMemoryStore(PROPERTIES, makeValues(1));

/** Makes the live objects of one thread. */
function open({ handle }: MemoryStore) {
  const messages: string[] = [];
  const view = new StoreView(handle, (_level, message) => void messages.push(message));
  const seer = new NamespaceOptions(view, 'seer', new ChangeListeners());
  const number = seer.option('number');
  const flags = new FeatureChecker(new LiveFlags(view, 'seer'));
  const read = () => [seer.get('number'), number.value, seer.get('list'), flags.has('on')];
  return { view, seer, read, flags, messages };
}

const expected = (number: number) => [number, number, [number, number], number % 2 === 1];

it('A read of what this thread has read takes the fast path, also after a change of another option', () => {
  const store = makeMemoryStore({ ...PROPERTIES, relay: { other: integer(0) } }, makeValues(1));
  const { view, seer, read } = open(store);
  const { values } = seer;
  const readAll = () => [read(), seer.isset('number'), values.number];
  readAll();
  store.publish({ ...makeValues(1), relay: { other: 1 } });
  // Adopts the publication; each object then looks once.
  readAll();
  const resolve = vi.spyOn(view, 'resolve');
  expect(readAll()).toEqual([expected(1), true, 1]);
  expect(resolve).not.toHaveBeenCalled();
});

it('A view that is opened under an override of one asynchronous call returns it inside of that call', () => {
  let override: number | undefined;
  const shared = { overrides: [{ get: () => override, visible: () => new Map() }], lives: [] };
  const view = new StoreView(makeStore().handle, () => {}, undefined, shared);
  const seer = new NamespaceOptions(view, 'seer', new ChangeListeners());
  expect(seer.get('number')).toBe(1);
  override = 99;
  expect(seer.get('number')).toBe(99);
});

describe('a read without stack', () => {
  it('The read after a first read that ran out of stack is right, whatever stack was left', () => {
    const store = makeStore();
    const { read, view, messages } = open(store);
    read();
    let failed = 0;
    for (let left = 0; left < 120; left++) {
      const number = left + 2;
      store.publish(makeValues(number));
      try {
        callAtEndOfStack(left, read);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        failed++;
      }
      expect(read()).toEqual(expected(number));
    }
    // Otherwise the test has not found the end of the stack.
    expect(failed).toBeGreaterThan(2);
    expect(failed).toBeLessThan(120);
    expect(view.status()).toMatchObject({ health: 'ok', reason: null });
    expect(messages).toEqual([]);
  });

  it('A thread whose first read runs out of stack never gets a default', () => {
    const store = makeStore();
    for (let left = 0; left < 120; left += 3) {
      const { read, flags } = open(store);
      let seen: unknown;
      try {
        callAtEndOfStack(left, () => {
          seen = flags.has('on');
          seen = read();
        });
      } catch {
        // Without stack, a flag may be off; a value is right, or the read throws.
      }
      if (Array.isArray(seen)) expect(seen.slice(0, 3)).toEqual(expected(1).slice(0, 3));
      expect(read()).toEqual(expected(1));
    }
  });
});

describe('a read without memory', () => {
  it('A failed allocation keeps the last values for a moment only', () => {
    const store = makeStore();
    const { read, view, messages } = open(store);
    read();
    store.publish(makeValues(3));
    const memory = failCopies();
    expect(read()).toEqual(expected(1));
    memory.restore();
    clock.offset += 10_000;
    expect(read()).toEqual(expected(3));
    expect(view.status().health).toBe('ok');
    expect(messages).toEqual([]);
  });

  it('After a failed allocation, the next try waits 50 times as long as the failed one took', () => {
    const store = makeStore();
    const { read } = open(store);
    read();
    store.publish(makeValues(3));
    let tries = 0;
    const memory = failCopies(() => {
      tries++;
      // A collection of all garbage.
      clock.offset += 100;
    });
    for (let again = 0; again < 5; again++) expect(read()).toEqual(expected(1));
    expect(tries).toBe(1);
    // Another generation needs memory, too.
    store.publish(makeValues(4));
    clock.offset += 3_000;
    expect(read()).toEqual(expected(1));
    expect(tries).toBe(1);
    clock.offset += 7_000;
    expect(read()).toEqual(expected(1));
    expect(tries).toBe(2);
    memory.restore();
    clock.offset += 10_000;
    expect(read()).toEqual(expected(4));
  });

  it('A thread that has no values yet throws instead of returning defaults, and reads the values next', () => {
    const store = makeStore();
    const thread = open(store);
    const memory = failCopies();
    const second = open(store);
    const { seer, view, flags } = second;
    const reads = [() => seer.get('number'), () => seer.isset('number'), () => seer.option('number').value];
    for (const read of reads) {
      expect(read).toThrow(SnapshotUnreadableError);
      expect(read).toThrow('This thread cannot read generation 1: RangeError: Array buffer allocation failed.');
    }
    // The names of all properties need memory, too.
    expect(() => seer.values).toThrow(SnapshotUnreadableError);
    expect(flags.has('on')).toBe(false);
    expect(flags.evaluate('on')).toMatchObject({ enabled: false, reason: 'NO_STORE' });
    expect(view.status()).toMatchObject({
      health: 'degraded',
      reason: expect.stringContaining('Array buffer allocation failed'),
    });
    memory.restore();
    expect(second.read()).toEqual(expected(1));
    expect(view.status().health).toBe('ok');
    expect(thread.read()).toEqual(expected(1));
  });

  it('A lasting failure is logged once, and the status names it', () => {
    const store = makeStore();
    const { read, view, messages } = open(store);
    read();
    store.publish(makeValues(3));
    failCopies();
    for (let second = 0; second < 5; second++) {
      expect(read()[0]).toBe(1);
      clock.offset += 1_000;
    }
    expect(messages).toEqual([
      'This thread keeps generation 1, because it cannot read generation 2: RangeError: Array buffer allocation failed',
    ]);
    expect(view.status()).toMatchObject({ health: 'degraded', reason: expect.stringContaining('generation 2') });
  });
});

describe('overwritten memory', () => {
  /** Changes one byte of the payload of `generation`, as stray native code does. Returns what restores it. */
  function overwrite({ handle, writer }: MemoryStore): () => void {
    const header = new Int32Array(handle.values, 0, 80);
    const offset = header[locateSlot(writer.generation) + SLOT_OFFSET] as number;
    const bytes = new Uint8Array(handle.values);
    const byte = bytes[offset + 40] as number;
    bytes[offset + 40] = byte ^ 1;
    return () => bytes.set([byte], offset + 40);
  }

  it('A thread keeps its values while the newest generation is corrupted, and tries again after a second', () => {
    const store = makeStore();
    const { read, view, messages } = open(store);
    read();
    store.publish(makeValues(3));
    const restore = overwrite(store);
    expect(read()).toEqual(expected(1));
    expect(view.status()).toMatchObject({
      health: 'degraded',
      reason: expect.stringContaining('the checksum differs'),
    });
    restore();
    // Not at each read: a copy of a large snapshot takes long.
    expect(read()).toEqual(expected(1));
    clock.offset += 1_000;
    expect(read()).toEqual(expected(3));
    expect(view.status().health).toBe('ok');
    expect(messages).toEqual([expect.stringContaining('This thread keeps generation 1')]);
  });

  it('A thread that opens a corrupted store throws until the next publication, and the status says why', () => {
    const store = makeStore();
    overwrite(store);
    const { read, seer, view, messages } = open(store);
    expect(() => seer.get('number')).toThrow(SnapshotUnreadableError);
    expect(() => seer.isset('number')).toThrow('Other code of this process wrote to the shared memory');
    const { values } = seer;
    expect(() => values.number).toThrow(SnapshotUnreadableError);
    // What shows an object must not throw.
    expect(inspect(values)).toMatch(/number: SnapshotUnreadableError: This thread cannot read generation 1/);
    expect(view.status()).toMatchObject({ health: 'degraded', reason: expect.stringContaining('generation 1') });
    expect(messages).toEqual([expect.stringContaining('This thread has no values yet')]);
    store.publish(makeValues(5));
    expect(read()).toEqual(expected(5));
    expect({ ...values }).toEqual({ number: 5, list: [5, 5] });
    expect(view.status().health).toBe('ok');
  });

  it('A generation that was overwritten with zeros is no value of an option that was never read', () => {
    const store = makeStore();
    const { read } = open(store);
    Atomics.store(new Int32Array(store.handle.values), GENERATION, 0);
    expect(read()).toEqual(expected(1));
  });

  it.each([-5, 0, 1_000])(
    'A status shows that the number of the publication is overwritten with %d, before any read',
    (generation) => {
      const store = makeStore();
      const { view, read, messages } = open(store);
      const header = new Int32Array(store.handle.values);
      Atomics.store(header, GENERATION, generation);
      const status = view.status();
      expect(status).toMatchObject({
        health: 'degraded',
        reason: expect.stringContaining(`This thread cannot read generation 1: CellCorruptedError`),
      });
      expect(status.generation).toBe(1);
      expect(read()).toEqual(expected(1));
      expect(view.status().health).toBe('degraded');
      expect(messages).toHaveLength(1);
      Atomics.store(header, GENERATION, 1);
      expect(view.status()).toMatchObject({ health: 'ok', generation: 1 });
      store.publish(makeValues(2));
      expect(view.status()).toMatchObject({ health: 'ok', generation: 2 });
    },
  );

  it.each([
    [
      'one byte is different',
      (bytes: Uint8Array) => bytes.set([(bytes[60] as number) ^ 1], 60),
      'The checksum differs',
    ],
    ['they are zeros', (bytes: Uint8Array) => bytes.fill(0), 'The checksum differs'],
  ])('Overwritten defaults are never used: %s', (_how, change, reason) => {
    const store = makeMemoryStore(PROPERTIES, { seer: { number: 1 } });
    const { view, seer, flags, messages } = open(store);
    const bytes = new Uint8Array(store.handle.defaults);
    const before = bytes.slice();
    change(bytes);
    for (let read = 0; read < 3; read++) {
      expect(() => seer.get('list')).toThrow(SnapshotUnreadableError);
      expect(() => seer.get('list')).toThrow(
        `This thread cannot read the defaults: SnapshotFormatError: ${reason}. Other`,
      );
      expect(seer.get('number')).toBe(1);
      expect(flags.has('on')).toBe(false);
    }
    expect(view.status()).toMatchObject({
      health: 'degraded',
      reason: `This thread cannot read the defaults: SnapshotFormatError: ${reason}`,
    });
    expect(flags.evaluate('on').reason).toBe('NO_STORE');
    expect(messages.filter((message) => !message.includes("The flag 'on'"))).toEqual([
      `This thread cannot read the defaults: SnapshotFormatError: ${reason}`,
    ]);

    // A change of a set option to its default does not throw in a subscriber.
    const previous = view.pin();
    store.publish({ seer: { list: [1] } });
    expect(buildReloadEvent(view, previous, view.pin()).changes).toEqual([
      { namespace: 'seer', key: 'number', oldValue: 1, newValue: undefined },
      { namespace: 'seer', key: 'list', oldValue: undefined, newValue: [1] },
    ]);
    bytes.set(before);
    clock.offset += 1_000;
    expect(seer.get('number')).toBe(-1);
    expect(view.status().health).toBe('ok');
  });

  it('Defaults are verified whenever this thread copies them, not only at the first time', () => {
    const store = makeMemoryStore(PROPERTIES, {});
    vi.stubGlobal('WeakRef', function (this: { deref(): void }) {
      // As after a collection.
      this.deref = () => {};
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    const { seer } = open(store);
    expect(seer.get('number')).toBe(-1);
    new Uint8Array(store.handle.defaults).fill(0, 60);
    expect(() => seer.get('list')).toThrow('The checksum differs');
    expect(seer.get('number')).toBe(-1);
  });

  it('Defaults are read from a verified copy, not from memory that other code overwrites after the check', () => {
    const store = makeMemoryStore(PROPERTIES, {});
    const { seer } = open(store);
    expect(seer.get('number')).toBe(-1);
    new Uint8Array(store.handle.defaults).fill(0, 60);
    // The weak reference to the copy keeps it until the end of this turn.
    expect(seer.get('list')).toEqual([]);
  });

  it('A name that other code has overwritten is unreadable, not unknown', () => {
    const store = makeStore();
    const { view, seer, flags, messages } = open(store);
    const bytes = new Uint8Array(store.handle.catalog);
    const before = bytes.slice();
    const snapshot = view.adopt();
    const pinned = new FeatureChecker(
      new PinnedFlags(new LiveFlags(view, 'seer'), {
        value: (id) => view.valueIn(snapshot, id),
        patternFlagNames: () => [],
        isAdopted: true,
      }),
    );
    expect(seer.get('number')).toBe(1);
    // All of the names, which are at the end.
    bytes.fill(7, -20);
    const cause = 'This thread cannot read the catalog: CatalogCorruptedError: The checksum differs';
    for (const read of [() => seer.get('list'), () => seer.isset('list'), () => seer.get('unknown')]) {
      expect(read).toThrow(SnapshotUnreadableError);
      expect(read).toThrow(`${cause}. Other code of this process wrote to the shared memory; restart the process`);
    }
    expect(() => seer.keys()).toThrow('This thread cannot read the catalog: CatalogCorruptedError: The catalog');
    expect(() => new NamespaceOptions(view, 'relay', new ChangeListeners()).get('number')).toThrow(
      SnapshotUnreadableError,
    );
    expect(flags.has('on')).toBe(false);
    expect(flags.evaluate('on').reason).toBe('NO_STORE');
    expect(pinned.has('on')).toBe(false);
    // A name that this thread has used needs no memory.
    expect(seer.get('number')).toBe(1);
    expect(view.status()).toMatchObject({ health: 'degraded', reason: cause });
    expect(messages.filter((message) => !message.includes("The flag 'on'"))).toEqual([
      cause,
      expect.stringMatching(/^This thread cannot read the catalog: CatalogCorruptedError: The catalog is corrupted: /),
    ]);

    // A change of an overwritten name is no error of a subscriber.
    const previous = view.pin();
    store.publish({ seer: { number: 2, list: [2] } });
    expect(buildReloadEvent(view, previous, view.pin()).changes).toEqual([]);
    bytes.set(before);
    clock.offset += 1_000;
    expect(seer.get('list')).toEqual([2]);
    expect(pinned.has('on')).toBe(true);
    expect(() => seer.get('unknown')).toThrow(UnknownOptionError);
    expect(view.status().health).toBe('ok');
  });

  it('The catalog is verified once a second, not with each unknown name', () => {
    const store = makeStore();
    const { seer } = open(store);
    expect(() => seer.get('unknown')).toThrow(UnknownOptionError);
    new Uint8Array(store.handle.catalog).fill(7);
    clock.offset += 900;
    expect(() => seer.get('unknown')).toThrow(UnknownOptionError);
    clock.offset += 100;
    expect(() => seer.get('unknown')).toThrow(SnapshotUnreadableError);
  });

  it('A status shows overwritten defaults before any read', () => {
    const store = makeStore();
    const { view } = open(store);
    new Uint8Array(store.handle.defaults).fill(7);
    expect(view.status()).toMatchObject({ health: 'degraded', reason: expect.stringContaining('the defaults') });
  });

  it('A corrupted status is reported, not taken for a good one', () => {
    const store = makeStore();
    const { view } = open(store);
    Atomics.add(new Int32Array(store.handle.status), locateSlot(1) + SLOT_CHECKSUM, 1);
    expect(view.status()).toMatchObject({
      health: 'degraded',
      reason:
        'This thread cannot read the status: CellCorruptedError: Generation 1 of the cell is corrupted: the checksum differs',
    });
  });

  it('A status that lacks memory does not call the memory corrupted', () => {
    const { view, read } = open(makeStore());
    read();
    failCopies();
    expect(view.status()).toMatchObject({
      health: 'degraded',
      reason: 'This thread cannot read the status: RangeError: Array buffer allocation failed',
    });
  });

  it.each([
    ['polls', 5_000, 'the next poll publishes the values again.'],
    ['polls on request only', null, 'refresh() publishes the values again.'],
    ['has ended', undefined, 'restart the process, or call close() and then init().'],
  ])('The error of an overwritten generation says what helps if the watcher %s', (_state, interval, advice) => {
    const store = makeStore();
    overwrite(store);
    if (interval === null) new Int32Array(store.handle.control)[POLL_INTERVAL] = 0;
    if (interval === undefined) store.control.moveState(WatcherState.RUNNING, WatcherState.CLOSED, 'closed');
    expect(() => open(store).seer.get('number')).toThrow(`wrote to the shared memory; ${advice}`);
  });

  it('Messages that alternate are logged once each, and no message is remembered for good', () => {
    const { view, messages } = open(makeStore());
    for (let round = 0; round < 5; round++)
      for (const message of ['a', new Error('b'), 'c']) view.log.once('read-failed', message);
    expect(messages).toEqual(['a', 'b', 'c']);
    for (let more = 0; more < 20; more++) view.log.once('read-failed', `${more}`);
    view.log.once('read-failed', 'a');
    expect(messages).toHaveLength(24);
  });
});

it('A thread does not take the number of a generation for its own that is published while it asks', () => {
  const store = makeStore();
  const { view, read } = open(store);
  const { load } = Atomics;
  // Between the two words that the thread compares.
  const loadOnce = (array: Int32Array, index: number): number => {
    const word = load(array, index);
    store.publish(makeValues(2));
    return word;
  };
  const spy = vi.spyOn(Atomics, 'load').mockImplementationOnce(loadOnce as unknown as typeof load);
  onTestFinished(() => spy.mockRestore());
  expect(view.generation).toBe(1);
  expect(store.control.described).toBe(2);
  expect(read()).toEqual(expected(2));
  expect(view.lastGeneration).toBe(2);
  expect(view.generation).toBe(2);
});

it('A flag belongs to the generation that it was read in, even if the writer publishes meanwhile', () => {
  const store = makeStore();
  const { view, flags } = open(store);
  const valueIn = view.valueIn.bind(view);
  vi.spyOn(view, 'valueIn').mockImplementationOnce((snapshot, index) => {
    const value = valueIn(snapshot, index);
    store.publish(makeValues(2));
    return value;
  });
  expect(flags.has('on')).toBe(true);
  expect(flags.has('on')).toBe(false);
});
