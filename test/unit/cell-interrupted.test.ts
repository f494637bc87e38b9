/**
 * Tests a cell's reader that is overtaken, and a cell's writer that dies, at each step of the protocol. One thread
 * plays both parts: the `Atomics` calls are the only steps that the other side can see, so the tests interrupt there.
 */

import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createCell,
  GENERATION,
  locateSlot,
  SLOT_GENERATION,
  SLOT_LENGTH,
  SLOT_OFFSET,
  SLOTS,
} from '../../src/memory/cell/layout.js';
import { CellReader } from '../../src/memory/cell/reader.js';
import { CellWriter } from '../../src/memory/cell/writer.js';

const MIB = 1024 * 1024;

afterEach(() => {
  vi.restoreAllMocks();
});

function open(generations: number) {
  const buffer = createCell([4 * MIB]);
  const writer = new CellWriter(buffer);
  const publish = (times: number) => {
    for (let i = 0; i < times; i++) writer.publish(makePayload(writer.generation + 1));
  };
  publish(generations);
  return { buffer, writer, publish, reader: new CellReader(buffer) };
}

function makePayload(generation: number): Uint8Array {
  return new Uint8Array(100 + generation).fill(generation);
}

/** Calls `step.before` before each load of the word at `index` of a cell's header, and `step.after` after it. */
function spyLoad(index: number, step: { before?: () => void; after?: () => void }) {
  const load = Atomics.load.bind(Atomics) as (words: Int32Array, at: number) => number;
  vi.spyOn(Atomics, 'load').mockImplementation(((words: Int32Array, at: number) => {
    if (at === index) step.before?.();
    const value = load(words, at);
    if (at === index) step.after?.();
    return value;
  }) as typeof Atomics.load);
}

/** Calls `step` before each P: the copy is complete, and P has not verified it yet. */
function spyP(step: () => void) {
  const add = Atomics.add.bind(Atomics) as (words: Int32Array, at: number, value: number) => number;
  vi.spyOn(Atomics, 'add').mockImplementation(((words: Int32Array, at: number, value: number) => {
    step();
    return add(words, at, value);
  }) as typeof Atomics.add);
}

/** Wraps `step` so that only the first `times` calls run it. */
function limitCalls(times: number, step: () => void): () => void {
  let calls = 0;
  return () => {
    if (++calls <= times) step();
  };
}

describe('CellReader.acquire during publications', () => {
  it('A reader that is overtaken before P discards its copy and takes the next generation', () => {
    const { reader, publish } = open(2);
    spyP(limitCalls(1, () => publish(SLOTS)));
    expect(reader.acquire(1)).toEqual({ generation: 2 + SLOTS, bytes: makePayload(2 + SLOTS) });
  });

  it('A reader that is overtaken before L copies nothing and takes the next generation', () => {
    const { reader, publish } = open(2);
    spyLoad(GENERATION, { after: limitCalls(1, () => publish(SLOTS)) });
    const adds = vi.spyOn(Atomics, 'add');
    expect(reader.acquire(1)).toEqual({ generation: 2 + SLOTS, bytes: makePayload(2 + SLOTS) });
    expect(adds).toHaveBeenCalledTimes(1);
  });

  it('A reader that is overtaken by less than the ring keeps its copy, because the writer was in other slots', () => {
    const { reader, publish } = open(2);
    spyP(() => publish(SLOTS - 1));
    expect(reader.acquire(1)).toEqual({ generation: 2, bytes: makePayload(2) });
  });

  it('A reader that is overtaken once per slot in a row gives up and succeeds on the next call', () => {
    const { reader, publish, writer } = open(2);
    let tries = 0;
    spyP(() => {
      tries++;
      publish(SLOTS);
    });
    expect(reader.acquire(1)).toBeUndefined();
    expect(tries).toBe(SLOTS);
    vi.restoreAllMocks();
    expect(reader.acquire(1)?.generation).toBe(writer.generation);
  });

  it('A reader that has no generation yet never gives up', () => {
    const { reader, publish, writer } = open(2);
    let tries = 0;
    spyP(() => {
      tries++;
      if (tries <= 10 * SLOTS) publish(SLOTS);
    });
    expect(reader.acquire(0)).toEqual({ generation: writer.generation, bytes: makePayload(writer.generation) });
    expect(tries).toBe(10 * SLOTS + 1);
  });

  it('A reader whose slot belongs to a dead writer takes the last published generation', () => {
    const { reader, writer, publish } = open(2);
    spyP(
      limitCalls(1, () => {
        publish(SLOTS - 1);
        dieAt('exchange', 1, 'after', () => publish(1));
      }),
    );
    expect(reader.acquire(1)).toEqual({ generation: writer.generation, bytes: makePayload(1 + SLOTS) });
    expect(writer.generation).toBe(1 + SLOTS);
  });
});

/** Runs `publish` and ends it as the death of its thread would, before or after the `nth` call of `operation`. */
function dieAt(
  operation: 'exchange' | 'store' | 'notify',
  nth: number,
  when: 'before' | 'after',
  publish: () => void,
): void {
  const death = new Error('the thread is dead');
  const original = Atomics[operation].bind(Atomics) as (...args: unknown[]) => unknown;
  let calls = 0;
  const spy = vi.spyOn(Atomics, operation).mockImplementation(((...args: unknown[]) => {
    calls++;
    if (calls === nth && when === 'before') throw death;
    const result = original(...args);
    if (calls === nth && when === 'after') throw death;
    return result;
  }) as never);
  expect(publish).toThrow(death);
  spy.mockRestore();
}

describe('CellWriter.publish in a thread that dies', () => {
  // 7 generations, so that the eighth overwrites the fourth.
  const LAST = 7;

  it.each([
    ['before E', 'exchange', 1, 'before', LAST],
    ['after E', 'exchange', 1, 'after', LAST],
    ['before C, with all written', 'store', 1, 'before', LAST],
    ['after C', 'store', 1, 'after', LAST],
    ['before it stores the generation', 'store', 2, 'before', LAST],
    ['after it stores the generation', 'store', 2, 'after', LAST + 1],
    ['before it wakes readers', 'notify', 1, 'before', LAST + 1],
  ] as const)(
    'A writer that dies %s leaves a whole snapshot for old and new readers',
    (_, operation, nth, when, expected) => {
      const { buffer, reader, publish } = open(LAST);
      dieAt(operation, nth, when, () => publish(1));
      const snapshot = { generation: expected, bytes: makePayload(expected) };
      expect(reader.acquire(0)).toEqual(snapshot);
      expect(new CellReader(buffer).acquire(0)).toEqual(snapshot);
      expect(reader.acquire(expected)).toBeUndefined();
    },
  );

  it.each([
    ['after E', 'exchange', 1, 'after'],
    ['after C', 'store', 1, 'after'],
  ] as const)('A writer that dies %s of its first publication leaves nothing to read', (_, operation, nth, when) => {
    const { reader, publish } = open(0);
    dieAt(operation, nth, when, () => publish(1));
    expect(reader.acquire(0)).toBeUndefined();
  });

  it('A writer empties its slot before it changes anything in it', () => {
    const { reader, writer } = open(LAST);
    const slot = locateSlot(LAST + 1);
    const before = reader.header.slice(slot, slot + 4);
    // Longer than the smallest region, so that the slot moves as well.
    const publish = () => writer.publish(new Uint8Array(100_000));
    dieAt('exchange', 1, 'before', publish);
    expect(reader.header.slice(slot, slot + 4)).toEqual(before);
    dieAt('store', 1, 'before', publish);
    expect(reader.header[slot + SLOT_GENERATION]).toBe(0);
    expect(reader.header[slot + SLOT_OFFSET]).not.toBe(before[SLOT_OFFSET]);
    expect(reader.header[slot + SLOT_LENGTH]).toBe(100_000);
  });
});
