/** Tests the memory of what has been read of a store: the rows of threads, carries, limits, and overwritten words. */
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { identifyThread } from '../../src/common/kernel-thread.js';
import { compileFlag } from '../../src/features/compile.js';
import { count } from '../../src/features/counter.js';
import {
  createUsageMemory,
  isUsageMemory,
  MAX_COUNTED_PATTERN_FLAGS,
  sealUsageMemory,
  UsageMemory,
} from '../../src/memory/usage-memory.js';
import { MAX_COUNTING_THREADS } from '../../src/memory/usage-rows.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const ALIVE = identifyThread();
/** A thread that the kernel does not know: its number is above the largest one. */
const ENDED = { id: 2 ** 30, startedAt: 1 };
const UNKNOWN = { id: 0, startedAt: 0 };

/** The words of a row before its counters, and the one that is odd while the thread carries. */
const ROW_HEADER_BYTES = 16;
const CARRYING = 3;
const FULL = -1;

/** Makes the memory of options of which those that are true are flags. */
function makeMemory(areFlags: readonly boolean[], hasPatternFlags = false) {
  const buffer = createUsageMemory(areFlags, hasPatternFlags) as SharedArrayBuffer;
  const open = () => new UsageMemory(buffer, areFlags.length);
  return { buffer, open, memory: open() };
}

/** Takes a row as the thread with this number, and returns what counts the flag. */
function takeCounter(memory: UsageMemory, threadId: number, flag = 0, thread = ALIVE) {
  const words = memory.takeRow(threadId, thread) as Int32Array;
  return { words, at: memory.wordOf(flag), rest: memory };
}

function readTotals(memory: UsageMemory, flag = 0) {
  const [{ on, off, errors }] = memory.read([flag]) as [ReturnType<UsageMemory['read']>[number]];
  return { on, off, errors };
}

/** Calls `step` after the call number `at` of a method of `Atomics`, but not for calls that `step` makes. */
function interruptAtomics(at: number, step: () => void): void {
  let calls = 0;
  for (const name of ['load', 'store', 'add', 'compareExchange'] as const) {
    const call = Atomics[name].bind(Atomics) as (...args: unknown[]) => unknown;
    vi.spyOn(Atomics, name).mockImplementation(((...args: unknown[]) => {
      const result = call(...args);
      if (++calls === at) step();
      return result;
    }) as never);
  }
}

describe('the rows of threads that count', () => {
  it('A thread has one row, whichever of its views asks, and no other thread has it', () => {
    const { open } = makeMemory([true]);
    const places = [7, 8, 7].map((threadId) => (open().takeRow(threadId, ALIVE) as Int32Array).byteOffset);
    expect(places[2]).toBe(places[0]);
    expect(places[1]).not.toBe(places[0]);
  });

  it.runIf(existsSync('/proc/self/task'))(
    'The row of a thread that has ended serves the next one, which counts on',
    () => {
      const { open, memory, buffer } = makeMemory([true]);
      const ended = takeCounter(open(), 1, 0, ENDED);
      for (let times = 0; times < 3; times++) count(ended, true);
      const bytes = buffer.byteLength;
      const next = takeCounter(open(), 2);
      expect(next.words.byteOffset).toBe(ended.words.byteOffset);
      expect(buffer.byteLength).toBe(bytes);
      count(next, true);
      count(next, false);
      expect(readTotals(memory)).toEqual({ on: 4, off: 1, errors: 0 });
    },
  );

  it('The row of a thread that the kernel does not name is never taken', () => {
    const { open } = makeMemory([true]);
    const first = takeCounter(open(), 1, 0, UNKNOWN);
    expect(takeCounter(open(), 2).words.byteOffset).not.toBe(first.words.byteOffset);
  });

  it('128 threads count, and each further one is reported, once for each of its views', () => {
    const { open, memory } = makeMemory([true]);
    for (let threadId = 0; threadId < MAX_COUNTING_THREADS; threadId++)
      count(takeCounter(open(), threadId, 0, UNKNOWN), true);
    expect(memory.uncountedThreads).toBe(0);
    expect(open().takeRow(MAX_COUNTING_THREADS, ALIVE)).toBeUndefined();
    expect(open().takeRow(MAX_COUNTING_THREADS + 1, ALIVE)).toBeUndefined();
    expect(memory.uncountedThreads).toBe(2);
    expect(open().takeRow(5, ALIVE)).toBeDefined();
    expect(readTotals(memory).on).toBe(128);
  });

  it('Without flags, a thread takes no row, and none is missed', () => {
    const { memory, buffer } = makeMemory([false, false]);
    const bytes = buffer.byteLength;
    expect(memory.takeRow(1, ALIVE)).toBeUndefined();
    expect(memory.uncountedThreads).toBe(0);
    expect(buffer.byteLength).toBe(bytes);
  });

  it('Two threads that add a row at the same time get one each', () => {
    const { open, memory } = makeMemory([true]);
    for (let at = 1; at < 12; at++) {
      const other = 1_000 + at;
      let words: Int32Array | undefined;
      interruptAtomics(at, () => {
        words = open().takeRow(other, ALIVE);
      });
      const own = memory.takeRow(at, ALIVE) as Int32Array;
      vi.restoreAllMocks();
      expect((words ?? (open().takeRow(other, ALIVE) as Int32Array)).byteOffset).not.toBe(own.byteOffset);
    }
  });
});

describe('a compiled flag', () => {
  const feature = { owner: { team: 'search' }, created_at: '2026-01-21', segments: [] };

  it('The same definition counts where its reader counts: in the row of its store, and at the flag', () => {
    const stores = [makeMemory([true, true]).memory, makeMemory([true, true]).memory];
    const evaluate = (memory: UsageMemory, flag: number) =>
      count(compileFlag('x', feature, takeCounter(memory, 1, flag)), false);
    for (const [store, flag] of [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 0],
      [0, 1],
      [0, 0],
    ] as const) {
      evaluate(stores[store] as UsageMemory, flag);
    }
    expect(stores.map((memory) => [readTotals(memory, 0).off, readTotals(memory, 1).off])).toEqual([
      [3, 1],
      [1, 1],
    ]);
  });

  it('A flag that nobody counts is not compiled again', () => {
    expect(compileFlag('x', feature)).toBe(compileFlag('x', feature));
  });
});

describe('a word that is full', () => {
  it.each([
    ['on', true],
    ['off', false],
  ] as const)('2^32 answers `%s` and more are counted exactly', (name, isOn) => {
    const { memory } = makeMemory([false, true, true]);
    for (const flag of [0, 1]) {
      const counter = takeCounter(memory, 1, flag);
      counter.words[counter.at + Number(isOn)] = FULL;
      count(counter, !isOn);
      expect(readTotals(memory, flag)).toMatchObject({ [name]: 2 ** 32 - 1 });
      for (let times = 0; times < 3; times++) count(counter, isOn);
      counter.words[counter.at + Number(isOn)] = FULL;
      for (let times = 0; times < 5; times++) count(counter, isOn);
      const other = isOn ? 'off' : 'on';
      expect(readTotals(memory, flag)).toEqual({ [name]: 2 * 2 ** 32 + 4, [other]: 1, errors: 0 });
    }
  });

  it('Half-full words of several threads add up beyond 2^32', () => {
    const { open, memory } = makeMemory([true]);
    for (const threadId of [1, 2, 3]) {
      const { words, at } = takeCounter(open(), threadId);
      words[at] = -(2 ** 31);
    }
    expect(readTotals(memory).off).toBe(3 * 2 ** 31);
  });

  it('A report that a carry interrupts at any step has either the count before or the one after', () => {
    for (let at = 1; at < 30; at++) {
      const { memory, open } = makeMemory([true, true]);
      const counter = takeCounter(open(), 1);
      takeCounter(open(), 2);
      counter.words[counter.at] = FULL;
      interruptAtomics(at, () => count(counter, false));
      const [counts] = memory.read([0, 1]);
      vi.restoreAllMocks();
      expect([2 ** 32 - 1, 2 ** 32]).toContain(counts?.off);
    }
  });

  it.runIf(existsSync('/proc/self/task'))(
    'A thread that is terminated before it has carried leaves the rest to the next thread of its row, and reports stay exact',
    () => {
      const { memory, open } = makeMemory([true]);
      const ended = takeCounter(open(), 1, 0, ENDED);
      ended.words[ended.at] = FULL;
      Atomics.add(ended.words, CARRYING, 1);
      expect(readTotals(memory).off).toBe(2 ** 32 - 1);
      const next = takeCounter(open(), 2);
      expect(next.words.byteOffset).toBe(ended.words.byteOffset);
      for (let times = 0; times < 3; times++) count(next, false);
      expect(readTotals(memory).off).toBe(2 ** 32 + 2);
      // Even again: or else each report would read all counts a hundred times.
      expect((next.words[CARRYING] as number) % 2).toBe(0);
    },
  );
});

describe('the limits and the size of the memory', () => {
  it('16 384 flags by pattern are counted, by their numbers, and no further one', () => {
    const { memory } = makeMemory([false, true], true);
    expect(MAX_COUNTED_PATTERN_FLAGS).toBe(16_384);
    expect(memory.placeOf(0)).toBe(2);
    const last = memory.placeOf(MAX_COUNTED_PATTERN_FLAGS - 1) as number;
    expect([memory.placeOf(MAX_COUNTED_PATTERN_FLAGS), memory.placeOf(2 ** 31 - 1)]).toEqual([undefined, undefined]);
    memory.markRead(last);
    expect(memory.firstReadAt(last)).toBeGreaterThan(0);
    const flag = memory.flagOf(last) as number;
    count(takeCounter(memory, 1, flag), true);
    memory.countError(memory.wordOf(flag));
    expect(readTotals(memory, flag)).toEqual({ on: 1, off: 0, errors: 1 });
    expect(readTotals(memory, flag - 1)).toEqual({ on: 0, off: 0, errors: 0 });
  });

  it('Without a schema that declares flags by pattern, none has a place', () => {
    expect(makeMemory([true]).memory.placeOf(0)).toBeUndefined();
  });

  it('Each thread takes 8 bytes a flag, and all together 8 an option and 20 a flag', () => {
    const measure = (options: number, flags: number): { tables: number; row: number } => {
      const { buffer, memory } = makeMemory(Array.from({ length: options + flags }, (_, place) => place >= options));
      const tables = buffer.byteLength;
      memory.takeRow(1, ALIVE);
      const row = buffer.byteLength - tables;
      memory.takeRow(2, ALIVE);
      expect(buffer.byteLength - tables).toBe(2 * row);
      expect(buffer.maxByteLength).toBe(tables + MAX_COUNTING_THREADS * row);
      return { tables, row };
    };
    const [few, options, flags] = [measure(0, 1), measure(1_000, 1), measure(0, 1_001)];
    expect(few.row).toBe(ROW_HEADER_BYTES + 8);
    expect([options.row - few.row, options.tables - few.tables]).toEqual([0, 8_000]);
    expect([flags.row - few.row, flags.tables - few.tables]).toEqual([8_000, 28_000]);
  });

  it('Options that are no flags have no counters, and flags follow each other', () => {
    const { memory } = makeMemory([false, true, false, true], true);
    expect([0, 1, 2, 3, 4, 5].map((place) => memory.flagOf(place))).toEqual([undefined, 0, undefined, 1, 2, 3]);
  });
});

describe('the time of the last evaluation', () => {
  it('A flag has the time of the first note after it was evaluated, and keeps it as long as nothing more happens', () => {
    const { open } = makeMemory([true, true, true]);
    const counter = takeCounter(open(), 1, 1);
    const times = () =>
      open()
        .read([0, 1, 2])
        .map(({ lastAt }) => lastAt);
    open().noteEvaluations();
    expect(times()).toEqual([undefined, undefined, undefined]);
    count(counter, false);
    open().noteEvaluations();
    expect(times()).toEqual([undefined, expect.any(Number), undefined]);
    // An error is an evaluation.
    open().countError(open().wordOf(2));
    open().noteEvaluations();
    expect(times()).toEqual([undefined, expect.any(Number), expect.any(Number)]);
  });

  it('An answer that fills a word counts as one', () => {
    const { buffer, open } = makeMemory([true]);
    const counter = takeCounter(open(), 1);
    counter.words[counter.at] = FULL;
    open().noteEvaluations();
    const words = new Int32Array(buffer);
    const before = open().read([0])[0]?.lastAt as number;
    // As if it had been long ago.
    const last = words.indexOf(before / 1_000, 7);
    words[last] = 1_000;
    open().noteEvaluations();
    expect(open().read([0])[0]?.lastAt).toBe(1_000_000);
    count(counter, false);
    open().noteEvaluations();
    expect(open().read([0])[0]?.lastAt).toBeGreaterThanOrEqual(before);
  });
});

describe('overwritten memory', () => {
  /** A generator of numbers of 32 bits, the same ones at each run. */
  function makeRandom(): () => number {
    let state = 1;
    return () => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
      return (state ^ (state >>> 13)) | 0;
    };
  }

  it.each([
    // Few rounds: a report of 16 384 flags takes milliseconds.
    ['flags by pattern', true, 15],
    ['no flags by pattern', false, 100],
  ])('Whatever words other code overwrites, nothing throws, with %s', (_patterns, hasPatternFlags, rounds) => {
    const random = makeRandom();
    const pick = (count: number) => (random() >>> 0) % count;
    const { buffer, open } = makeMemory(
      Array.from({ length: 12 }, (_, place) => place % 3 === 0),
      hasPatternFlags,
    );
    let memory = open();
    let counter = takeCounter(memory, 1);
    for (let round = 0; round < rounds; round++) {
      const words = new Int32Array(buffer);
      for (let times = 0; times < 4; times++) {
        // Numbers that could be right are the worst ones.
        const value = [random(), pick(64), -pick(64), pick(2) - 1][pick(4)] as number;
        words[pick(times < 2 ? Math.min(64, words.length) : words.length)] = value;
      }
      if (pick(4) === 0) counter.words.fill(FULL);
      for (const isOn of [true, false]) count(counter, isOn);
      memory.countError(counter.at);
      for (const each of [memory, open()]) {
        each.noteEvaluations();
        const places = [...Array.from({ length: 12 }, (_, place) => place), each.placeOf(0), each.placeOf(16_383)];
        const flags: number[] = [];
        for (const place of places) {
          if (place === undefined) continue;
          each.markRead(place);
          const readAt = each.firstReadAt(place);
          if (readAt !== undefined) new Date(readAt).toISOString();
          const flag = each.flagOf(place);
          if (flag !== undefined) flags.push(flag);
        }
        for (const { on, off, lastAt } of each.read(flags)) {
          expect(on + off).toBeGreaterThanOrEqual(0);
          if (lastAt !== undefined) new Date(lastAt).toISOString();
        }
        expect(each.uncountedThreads).toEqual(expect.any(Number));
        new Date(each.since).toISOString();
        const row = each.takeRow(pick(200), [ALIVE, UNKNOWN][pick(2)] as typeof ALIVE);
        const flag = flags[pick(flags.length || 1)];
        if (row === undefined || flag === undefined) continue;
        memory = each;
        counter = { words: row, at: each.wordOf(flag), rest: each };
      }
    }
  });

  it('A number of options that no store has makes a memory without places', () => {
    const { buffer } = makeMemory([true, false]);
    for (const optionCount of [-1, -(2 ** 31), 2 ** 31 - 1, Number.NaN]) {
      const memory = new UsageMemory(buffer, optionCount);
      memory.markRead(0);
      memory.noteEvaluations();
      expect(memory.takeRow(1, ALIVE)).toBeUndefined();
      expect(memory.read([])).toEqual([]);
    }
  });
});

describe('the seal of the memory', () => {
  it('A memory is accepted if it is sealed, can grow and has a header', () => {
    const { buffer } = makeMemory([true]);
    expect(isUsageMemory(buffer, 5)).toBe(false);
    sealUsageMemory(buffer, 5);
    expect(isUsageMemory(buffer, 5)).toBe(true);
    expect(isUsageMemory(buffer, 6)).toBe(false);
    const fixed = new SharedArrayBuffer(buffer.byteLength);
    new Int32Array(fixed)[0] = 5;
    const short = new SharedArrayBuffer(8, { maxByteLength: 64 });
    new Int32Array(short)[0] = 5;
    expect([fixed, short].map((each) => isUsageMemory(each, 5))).toEqual([false, false]);
  });
});
