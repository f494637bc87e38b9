/** Tests the counts of flags in the report of what is used: listed ones, those by pattern, overrides, limits. */
import * as library from 'sentry-options';
import { type OptionsConfig, type OptionsStore, openOptions, type Usage } from 'sentry-options';
import {
  alwaysOff,
  alwaysOn,
  crashWatcher,
  createTestOptions,
  overrideOptions,
  rolloutTo,
} from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { UsageMemory } from '../../src/memory/usage-memory.js';
import { Base, integer, patternSchema } from '../support/base.js';
import { FLAG, openQuietly, QUIET } from '../support/flags.js';

afterEach(() => library.close());

/** A context that fails when a condition reads it, or when the rollout does. */
const FAILING = {
  get user(): number {
    throw new Error('no user');
  },
};
const ROLLOUT = rolloutTo(50);
const SCHEMA = patternSchema({ size: integer(1), 'feature.listed': FLAG });

function makeBase(values: Record<string, unknown>): Base {
  const base = new Base({});
  base.writeSchema('shop', SCHEMA);
  base.writeValues('shop', values);
  return base;
}

function start(values: Record<string, unknown>, config?: OptionsConfig): { base: Base; store: OptionsStore } {
  const base = makeBase(values);
  return { base, store: openQuietly(base, config) };
}

/** Makes a store in memory, which starts no thread. */
function makeStore(values: Record<string, unknown>): OptionsStore {
  return createTestOptions({ schemas: { shop: SCHEMA }, values: { shop: values } });
}

/** Returns on, off and errors of each flag. */
function countsOf({ flags }: Usage): Record<string, number[]> {
  return Object.fromEntries(flags.map(({ flag, on, off, errors }) => [flag, [on, off, errors]]));
}

function repeat(times: number, call: () => unknown): void {
  for (let time = 0; time < times; time++) call();
}

describe('the counts of a flag', () => {
  it('A flag that a schema lists counts whether it is set or not, also as it changes, by has and by evaluate', async () => {
    const { base, store } = start({});
    const checker = store.features('shop');
    repeat(2, () => checker.has('listed'));
    checker.evaluate('listed');
    expect(countsOf(store.usage())).toEqual({ listed: [0, 3, 0] });
    base.writeValues('shop', { 'feature.listed': alwaysOn() });
    await store.refresh();
    repeat(4, () => checker.has('listed'));
    checker.evaluate('listed');
    base.writeValues('shop', {});
    await store.refresh();
    checker.has('listed');
    expect(countsOf(store.usage())).toEqual({ listed: [5, 4, 0] });
  });

  it('A flag by pattern counts as long as it is set, and from 0 when it is set again', async () => {
    const { base, store } = start({ 'feature.a': alwaysOn(), 'feature.b': alwaysOff() });
    const checker = store.features('shop');
    const evaluate = () => ['a', 'b', 'c'].forEach((name) => void checker.has(name));
    repeat(3, evaluate);
    expect(countsOf(store.usage())).toEqual({ listed: [0, 0, 0], a: [3, 0, 0], b: [0, 3, 0] });
    base.writeValues('shop', { 'feature.b': alwaysOn(), 'feature.c': alwaysOff() });
    await store.refresh();
    repeat(2, evaluate);
    expect(countsOf(store.usage())).toEqual({ listed: [0, 0, 0], b: [2, 3, 0], c: [0, 2, 0] });
    base.writeValues('shop', { 'feature.a': alwaysOn(), 'feature.b': alwaysOn() });
    await store.refresh();
    evaluate();
    expect(countsOf(store.usage())).toEqual({ listed: [0, 0, 0], a: [1, 0, 0], b: [3, 3, 0] });
  });

  it('A thread that missed the reload that removed a flag counts it from 0, too', async () => {
    const { base, store } = start({ 'feature.a': alwaysOn() });
    const other = openOptions({ handle: structuredClone(store.handle) });
    repeat(3, () => other.features('shop').has('a'));
    for (const values of [{}, { 'feature.a': alwaysOn() }]) {
      base.writeValues('shop', values);
      await store.refresh();
    }
    other.features('shop').has('a');
    expect(countsOf(other.usage())).toMatchObject({ a: [1, 0, 0] });
  });

  it('Pinned flags count, also those of an old generation', async () => {
    const { base, store } = start({ 'feature.listed': alwaysOn(), 'feature.a': alwaysOn() });
    const checker = store.snapshot().features('shop');
    repeat(2, () => [checker.has('listed'), checker.has('a'), checker.evaluate('nothing')]);
    base.writeValues('shop', { 'feature.a': alwaysOff() });
    await store.refresh();
    expect([store.features('shop').has('listed'), store.features('shop').has('a')]).toEqual([false, false]);
    expect([checker.has('listed'), checker.evaluate('a').enabled]).toEqual([true, true]);
    expect(countsOf(store.usage())).toEqual({ listed: [3, 1, 0], a: [3, 1, 0] });
  });

  it('Overridden flags count what they answer, in the store that was asked', () => {
    const base = makeBase({ 'feature.listed': alwaysOff(), 'feature.a': alwaysOff() });
    const flags = { 'feature.listed': alwaysOn(), 'feature.a': alwaysOn(), 'feature.unset': alwaysOn() };
    const installed = library.init({ directory: base.directory, pollInterval: null, logger: QUIET });
    const other = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => other.close());
    const evaluate = () =>
      ['listed', 'a', 'unset'].map((name) => [library.features('shop').has(name), other.features('shop').has(name)]);
    repeat(2, evaluate);
    overrideOptions('shop', flags, () => {
      overrideOptions('shop', flags, () => repeat(3, () => expect(evaluate()[0]?.[0]).toBe(true)));
    });
    evaluate();
    // A flag by pattern that only an override sets has no counts.
    expect(countsOf(installed.usage())).toEqual({ listed: [3, 3, 0], a: [3, 3, 0] });
    expect(countsOf(other.usage())).toEqual({ listed: [0, 6, 0], a: [0, 6, 0] });
  });

  it('A context that throws counts as an error, and not as off', () => {
    const store = makeStore({ 'feature.listed': ROLLOUT, 'feature.a': ROLLOUT });
    const checker = store.features('shop');
    const pinned = store.snapshot().features('shop');
    for (const each of [checker, pinned]) {
      expect(each.has('listed', FAILING)).toBe(false);
      expect(each.evaluate('a', FAILING).reason).toBe('CONTEXT_FAILED');
      each.has('nothing', FAILING);
    }
    expect(countsOf(store.usage())).toEqual({ listed: [0, 0, 2], a: [0, 0, 2] });
    for (const { lastEvaluatedAt } of store.usage().flags) expect(lastEvaluatedAt).not.toBeNull();
  });

  it('A logger that throws changes no count', () => {
    const failing = {
      ...QUIET,
      debug: () => {
        throw new Error('a full disk');
      },
    };
    const { store } = start({ 'feature.a': ROLLOUT }, { logger: failing });
    expect(store.features('shop').has('listed')).toBe(false);
    expect(store.features('shop').has('a', FAILING)).toBe(false);
    expect(countsOf(store.usage())).toEqual({ listed: [0, 1, 0], a: [0, 0, 1] });
  });

  it('A context that evaluates another flag counts both', () => {
    const store = makeStore({ 'feature.listed': alwaysOn(), 'feature.a': ROLLOUT });
    const checker = store.features('shop');
    const context = {
      get user() {
        return Number(checker.has('listed'));
      },
    };
    checker.has('a', context);
    const { listed, a } = countsOf(store.usage()) as { listed: number[]; a: number[] };
    expect(listed[0]).toBeGreaterThanOrEqual(1);
    expect((a[0] as number) + (a[1] as number)).toBe(1);
  });

  it('A flag that answered 2^32 times goes on counting', () => {
    const store = makeStore({ 'feature.listed': alwaysOn(), 'feature.a': alwaysOff() });
    const checker = store.features('shop');
    const words = () => new Int32Array(store.handle.usage as SharedArrayBuffer);
    const tables = words().length;
    checker.has('listed');
    checker.has('a');
    // The row begins behind the tables, with four words of its own; then off and on of each flag.
    const row = words().subarray(tables);
    expect([...row.slice(4, 8)]).toEqual([0, 1, 1, 0]);
    row[5] = -1;
    row[6] = -1;
    repeat(3, () => [checker.has('listed'), checker.evaluate('a')]);
    expect(countsOf(store.usage())).toEqual({ listed: [2 ** 32 + 2, 0, 0], a: [0, 2 ** 32 + 2, 0] });
  });
});

describe('the report', () => {
  it('A store that counts nothing reports all names, and says that it counts nothing', () => {
    const { store } = start({ 'feature.a': alwaysOn(), size: 3 }, { usage: false });
    expect(store.features('shop').has('a')).toBe(true);
    expect(store.features('shop').has('a', FAILING)).toBe(true);
    expect(store.namespace('shop').get('size')).toBe(3);
    const { options, flags, problem } = store.usage();
    expect(options).toEqual([{ namespace: 'shop', key: 'size', firstReadAt: null }]);
    const none = { namespace: 'shop', on: 0, off: 0, errors: 0, lastEvaluatedAt: null, firstReadAt: null };
    expect(flags).toEqual([
      { ...none, flag: 'listed' },
      { ...none, flag: 'a' },
    ]);
    expect(problem).toContain('`usage` is off');
    expect(openOptions({ handle: structuredClone(store.handle) }).usage().problem).toBe(problem);
  });

  it('A poll notes when a flag was last evaluated; without a watcher, a report does', async () => {
    const { store } = start({ 'feature.listed': alwaysOn(), 'feature.a': alwaysOn() });
    const find = (name: string) => store.usage().flags.find(({ flag }) => flag === name)?.lastEvaluatedAt ?? null;
    expect([find('listed'), find('a')]).toEqual([null, null]);
    const before = Math.floor(Date.now() / 1_000) * 1_000;
    store.features('shop').has('listed');
    // Not by a report, which notes it as well. Behind six words, two for each of the two options, and one for each flag by
    // pattern, the flag's fourth word has the time.
    const words = new Int32Array(store.handle.usage as SharedArrayBuffer);
    await store.refresh();
    await expect.poll(() => words[6 + 2 * 2 + 16_384 + 3], { timeout: 30_000 }).not.toBe(0);
    expect(Date.parse(find('listed') ?? '')).toBeGreaterThanOrEqual(before);
    expect(find('a')).toBeNull();
    await crashWatcher(store);
    store.features('shop').has('a');
    expect(Date.parse(find('a') ?? '')).toBeGreaterThanOrEqual(before);
    expect(store.usage().problem).toBeNull();
  });

  it('The counts outlive the crash of the watcher and the end of the store', async () => {
    const { store } = start({ 'feature.a': alwaysOn() });
    const checker = store.features('shop');
    repeat(2, () => checker.has('a'));
    await crashWatcher(store);
    repeat(2, () => checker.has('a'));
    await store.close();
    repeat(2, () => checker.has('a'));
    expect(countsOf(store.usage())).toMatchObject({ a: [6, 0, 0] });
  });

  it('A thread that finds no row evaluates flags, and the report says that its evaluations are missing', () => {
    const store = makeStore({ 'feature.a': alwaysOn() });
    const memory = new UsageMemory(store.handle.usage as SharedArrayBuffer, 2);
    // Threads that the kernel does not name keep their rows.
    for (let thread = 1; thread <= 128; thread++) memory.takeRow(1_000 + thread, { id: 0, startedAt: 0 });
    expect(store.usage().problem).toBeNull();
    expect([store.features('shop').has('a'), store.features('shop').has('listed')]).toEqual([true, false]);
    expect(store.namespace('shop').get('size')).toBe(1);
    const usage = store.usage();
    expect(countsOf(usage)).toEqual({ listed: [0, 0, 0], a: [0, 0, 0] });
    expect(usage.options[0]?.firstReadAt).not.toBeNull();
    expect(usage.problem).toContain('at most 128 threads');
  });

  it('A flag by pattern that has no counters any more is reported, and evaluated', () => {
    const { handle } = makeStore({ 'feature.a': alwaysOn(), 'feature.b': alwaysOn() });
    // Room for one flag by pattern, not for 16 384.
    new Int32Array(handle.usage as SharedArrayBuffer)[3] = 1;
    const store = openOptions({ handle });
    repeat(2, () => expect(['a', 'b'].map((name) => store.features('shop').has(name))).toEqual([true, true]));
    expect(store.namespace('shop').get('feature.b')).toEqual(alwaysOn());
    const usage = store.usage();
    expect(countsOf(usage)).toEqual({ listed: [0, 0, 0], a: [2, 0, 0], b: [0, 0, 0] });
    expect(usage.problem).toContain('only the first 16384');
  });

  it('Whatever other code writes to the counters, reads, flags and reports go on', async () => {
    const { base, store } = start({ 'feature.listed': alwaysOn(), 'feature.a': alwaysOff(), size: 2 });
    const words = () => new Int32Array(store.handle.usage as SharedArrayBuffer);
    store.features('shop').has('a');
    for (const value of [-1, 0x7fffffff, 1, -(2 ** 31)]) {
      // All but the seal: a handle without it is rejected.
      words().fill(value, 1);
      const other = openOptions({ handle: structuredClone(store.handle) });
      for (const each of [store, other]) {
        const checker = each.features('shop');
        expect([checker.has('listed'), checker.has('a'), checker.has('unset')]).toEqual([true, false, false]);
        expect(checker.evaluate('a', FAILING).enabled).toBe(false);
        expect(each.namespace('shop').get('size')).toBe(2);
        expect(each.snapshot().namespace('shop').values.size).toBe(2);
        expect(each.usage().flags.map(({ flag }) => flag)).toEqual(['listed', 'a']);
      }
      base.writeValues('shop', {
        'feature.listed': alwaysOn(),
        'feature.a': alwaysOff(),
        size: 2,
        'feature.b': alwaysOn(),
      });
      await store.refresh();
      base.writeValues('shop', { 'feature.listed': alwaysOn(), 'feature.a': alwaysOff(), size: 2 });
      await store.refresh();
    }
    expect(store.status().watcher).toBe('running');
  });
});
