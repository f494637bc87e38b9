/** Tests flags by pattern on real files and in real threads: what each thread reads when reloads set and remove them. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { close, features, init, options, snapshot, status, UnknownOptionError } from 'sentry-options';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer, patternSchema } from '../support/base.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const FLAG = { $ref: '#/definitions/Feature' };
const NAMES = ['feature.a', 'feature.b', 'feature.c', 'feature.listed'];

afterEach(() => close());

/** A flag of a team that identifies it. */
function flagOf(team: string, enabled = true) {
  return { owner: { team }, created_at: '2024-01-01', enabled, segments: [{ name: 'all', conditions: [] }] };
}

/** Starts a store whose namespace `open` declares an option, a listed flag, and flags by pattern. */
function start(values: object = {}) {
  const base = new Base({ closed: { number: integer(1), 'feature.listed': FLAG } });
  base.writeSchema('open', patternSchema({ number: integer(1), 'feature.listed': FLAG }));
  base.writeSchema('other', patternSchema());
  base.writeValues('open', { ...values });
  const store = init({ directory: base.directory, pollInterval: null, logger: QUIET });
  const write = async (options: object, namespace = 'open') => {
    base.writeValues(namespace, { ...options });
    return store.refresh();
  };
  return { base, store, write };
}

/** Starts a thread that attaches to the store. */
async function startThread(handle: unknown) {
  const worker = new Worker(new URL('../fixtures/pattern-flags-worker.mjs', import.meta.url));
  onTestFinished(() => void worker.terminate());
  const ask = async (command: string, argument?: unknown): Promise<unknown> => {
    worker.postMessage([command, argument]);
    const [{ answer, failure }] = await once(worker, 'message');
    if (failure !== undefined) throw new Error(failure);
    return answer;
  };
  await ask('attach', handle);
  return ask;
}

describe('a reload of flags by pattern', () => {
  it('Live reads see what is set, changed, renamed and removed, and pinned ones what was set, in every thread', async () => {
    const { store, write } = start({ 'feature.a': flagOf('1'), 'feature.b': flagOf('1') });
    const ask = await startThread(store.handle);
    const steps: Record<string, ReturnType<typeof flagOf>>[] = [
      { 'feature.a': flagOf('2'), 'feature.b': flagOf('1') },
      { 'feature.a': flagOf('2'), 'feature.c': flagOf('1') },
      { 'feature.listed': flagOf('3') },
      {},
      { 'feature.a': flagOf('4', false), 'feature.c': flagOf('4') },
    ];
    let before: Record<string, unknown> = await (ask('read', NAMES) as Promise<Record<string, unknown>>);
    for (const values of steps) {
      await ask('pin');
      const pinned = snapshot();
      expect(await write(values)).toBe(true);
      const expected = Object.fromEntries(NAMES.map((name) => [name, values[name]?.owner.team]));
      expect(await ask('read', NAMES)).toEqual(expected);
      expect(await ask('pinned', NAMES)).toEqual(before);
      const byPattern = (set: object) => Object.keys(set).filter((name) => name !== 'feature.listed');
      const listed = ['number', 'feature.listed'];
      const set = byPattern(before).filter((name) => before[name] !== undefined);
      expect(await ask('keys')).toEqual([
        [...listed, ...byPattern(values)],
        [...listed, ...set],
      ]);
      for (const name of NAMES) {
        expect(options('open').isset(name)).toBe(expected[name] !== undefined);
        expect(features('open').has(name.slice('feature.'.length))).toBe(values[name]?.enabled === true);
        expect(pinned.namespace('open').isset(name)).toBe(before[name] !== undefined);
        expect(pinned.features('open').has(name.slice('feature.'.length))).toBe(before[name] !== undefined);
      }
      before = expected;
    }
  });

  it('A flag stays the same object while reloads change, set and remove others', async () => {
    const names = Array.from({ length: 20 }, (_, number) => `feature.${number}`);
    const values = Object.fromEntries(names.map((name) => [name, flagOf(name)]));
    const { store, write } = start(values);
    const ask = await startThread(store.handle);
    await ask('renewed', names);
    const objects = names.map((name) => options('open').get(name));
    const held = names.map((name) => options('open').option(name));
    for (const change of [{ 'feature.': flagOf('x') }, {}, { number: 2, 'feature.listed': flagOf('x') }, {}]) {
      await write({ ...values, ...change });
      expect(await ask('renewed', names)).toEqual([]);
      const pinned = snapshot().namespace('open');
      names.forEach((name, place) => {
        expect(options('open').get(name)).toBe(objects[place]);
        expect(held[place]?.value).toBe(objects[place]);
        expect(pinned.get(name)).toBe(objects[place]);
      });
    }
    await write({ ...values, 'feature.3': flagOf('changed') });
    expect(await ask('renewed', names)).toEqual(['feature.3']);
    expect(names.filter((name, place) => options('open').get(name) !== objects[place])).toEqual(['feature.3']);
  });

  it('The listeners of a thread get old and new values, undefined where the flag is not set', async () => {
    const { store, write } = start({ 'feature.b': flagOf('1') });
    const ask = await startThread(store.handle);
    await ask('listen', ['feature.a', 'feature.b', 'feature.listed']);
    await write({ 'feature.a': flagOf('1'), 'feature.b': flagOf('2'), 'feature.unheard': flagOf('1') });
    expect(await ask('heard', 4)).toEqual([
      ['feature.a', '1', undefined],
      ['feature.b', '2', '1'],
      ['feature.a', 'feature.b'],
      ['feature.a: undefined → 1', 'feature.b: 1 → 2', 'feature.unheard: undefined → 1'],
    ]);
    await write({ number: 3, 'feature.listed': flagOf('3') });
    expect(await ask('heard', 5)).toEqual([
      ['feature.a', undefined, '1'],
      ['feature.b', undefined, '2'],
      ['feature.listed', '3', undefined],
      // The schema's order first.
      ['feature.listed', 'feature.a', 'feature.b'],
      [
        'number: 1 → 3',
        'feature.listed: undefined → 3',
        ...['feature.a: 1 → undefined', 'feature.b: 2 → undefined', 'feature.unheard: 1 → undefined'],
      ],
    ]);
    // Back and forth between two turns of the thread is no change, if it misses the middle.
    await write({ number: 3, 'feature.listed': flagOf('3'), 'feature.a': flagOf('1') });
    expect(await ask('heard', 3)).toEqual([['feature.a', '1', undefined], ['feature.a'], ['feature.a: undefined → 1']]);
  });

  it('Two namespaces have flags of the same name, each its own', async () => {
    const { store, write } = start({ 'feature.a': flagOf('open') });
    await write({ 'feature.a': flagOf('other', false), 'feature.b': flagOf('other') }, 'other');
    expect(options('open').get('feature.a')).toMatchObject({ owner: { team: 'open' } });
    expect(options('other').get('feature.a')).toMatchObject({ owner: { team: 'other' } });
    expect(['a', 'b'].map((name) => features('open').has(name))).toEqual([true, false]);
    expect(['a', 'b'].map((name) => features('other').has(name))).toEqual([false, true]);
    const heard: unknown[] = [];
    store.onReload(({ changes }) => void heard.push(changes.map(({ namespace, key }) => `${namespace}/${key}`)));
    await write({}, 'other');
    await expect.poll(() => heard, { timeout: 30_000 }).toEqual([['other/feature.a', 'other/feature.b']]);
    expect([options('open').isset('feature.a'), options('other').isset('feature.a')]).toEqual([true, false]);
    // A namespace without the pattern has no flag but the listed one.
    expect(() => options('closed').isset('feature.a')).toThrow(UnknownOptionError);
    expect(features('closed').evaluate('a').reason).toBe('UNKNOWN_FLAG');
    expect(features('open').evaluate('b').reason).toBe('NOT_SET');
  });

  it('The status names the changed flags and only the unknown names, and stale flags are those that are set', async () => {
    const { store, write } = start({ 'feature.b': flagOf('1') });
    await write({ 'feature.a': flagOf('2', false), 'features.x': 1, feature: 2, 'feature.listed': flagOf('3') });
    const { namespaces, reloads } = status();
    expect(namespaces.open?.unknownKeys).toEqual(['features.x', 'feature']);
    expect(reloads.at(-1)).toMatchObject({
      keys: ['open/feature.listed', 'open/feature.a', 'open/feature.b'],
      keyCount: 3,
    });
    const stale = store.staleFlags({ days: 1 });
    expect(stale.map(({ namespace, flag, state }) => `${namespace}/${flag} ${state}`)).toEqual([
      'open/listed on',
      'open/a off',
    ]);
    expect(JSON.parse(JSON.stringify(snapshot())).namespaces).toEqual({
      closed: { number: 1 },
      open: { number: 1, 'feature.listed': flagOf('3'), 'feature.a': flagOf('2', false) },
      other: {},
    });
    expect(Object.keys(options('open').values)).toEqual(['number']);
    for (const name of ['feature.a', 'feature.b']) {
      expect(() => options('open').values[name]).toThrow('it is a feature flag');
      expect(() => snapshot().namespace('open').values[name]).toThrow('it is a feature flag');
    }
  });

  it('getForced reads a flag that was just written, and throws for one that was just removed', () => {
    const { base } = start();
    base.writeValues('open', { 'feature.a': flagOf('1') });
    expect(options('open').getForced('feature.a')).toMatchObject({ owner: { team: '1' } });
    base.writeValues('open', {});
    expect(() => options('open').getForced('feature.a')).toThrow(UnknownOptionError);
  });
});
