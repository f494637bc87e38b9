/** Tests the names of flags by pattern: hostile ones, long ones, thousands of them, and those that another store has. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  close,
  features,
  init,
  type OptionsStore,
  openOptions,
  options,
  type ReloadMessage,
  snapshot,
} from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { StoreView } from '../../src/view/view.js';
import { Base, integer, patternSchema } from '../support/base.js';
import { createClient } from '../support/openfeature.js';
import { waitForSignals } from '../support/signals.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const MIB = 2 ** 20;

/** The names without the prefix, in the order of code points. */
const HOSTILE = [
  ...[
    '',
    ' ',
    '../etc',
    '0',
    '0:feature.a',
    '__proto__',
    'a/b',
    'constructor',
    'feature.',
    'feature.a',
    'hasOwnProperty',
  ],
  ...['then', 'toJSON', 'toString', 'x'.repeat(MIB), '\u007f', 'é', '日本', '\uffff', '💥'],
];

afterEach(() => close());

function flagOf(team: string) {
  return { owner: { team }, created_at: '2024-01-01', segments: [{ name: 'all', conditions: [] }] };
}

/** Makes a directory whose namespace `open` declares flags by pattern, and sets those of `names`. */
function makeBase(names: readonly string[], team = 't', before: readonly string[] = []): Base {
  const base = new Base({});
  for (const name of before) base.writeSchema(name, patternSchema({ number: integer(1) }));
  base.writeSchema('open', patternSchema());
  write(base, names, team);
  return base;
}

function write(base: Base, names: readonly string[], team = 't'): void {
  base.writeValues('open', Object.fromEntries(names.map((name) => [`feature.${name}`, flagOf(team)])));
}

function open(base: Base): OptionsStore {
  const store = openOptions({ directory: base.directory, pollInterval: null, maxFileBytes: 8 * MIB, logger: QUIET });
  onTestFinished(() => store.close());
  return store;
}

/** Returns the internal view, which the declarations hide. */
function viewOf(store: OptionsStore): StoreView {
  return (store as unknown as { view: StoreView }).view;
}

describe('names of flags by pattern', () => {
  it('Any name is read, listed, watched and reported as it is', async () => {
    const base = makeBase([]);
    const store = open(base);
    const namespace = store.namespace('open');
    const keys = HOSTILE.map((name) => `feature.${name}`);
    const heard: string[] = [];
    const reloads: ReloadMessage[] = [];
    const collect = (message: unknown) => void reloads.push(message as ReloadMessage);
    subscribe('sentry-options:reload', collect);
    onTestFinished(() => void unsubscribe('sentry-options:reload', collect));
    for (const key of keys)
      namespace.option(key).onChange((value) => void heard.push(`${key}: ${value !== undefined}`));
    for (const names of [HOSTILE, []]) {
      const isSet = names.length > 0;
      write(base, names);
      await store.refresh();
      await waitForSignals(viewOf(store).control);
      expect(heard.splice(0)).toEqual(keys.map((key) => `${key}: ${isSet}`));
      expect(namespace.keys()).toEqual(isSet ? keys : []);
      const pinned = store.snapshot();
      expect(
        Object.entries(pinned.toJSON().namespaces.open ?? {})
          .map(([key]) => key)
          .sort(),
      ).toEqual(isSet ? [...keys].sort() : []);
      for (const [place, name] of HOSTILE.entries()) {
        const key = keys[place] as string;
        expect([namespace.isset(key), pinned.namespace('open').isset(key)]).toEqual([isSet, isSet]);
        expect([store.features('open').has(name), pinned.features('open').has(name)]).toEqual([isSet, isSet]);
        if (isSet) expect(namespace.get(key)).toEqual(flagOf('t'));
        else expect(() => namespace.get(key)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
      }
    }
    expect(reloads.map(({ changes }) => changes.map(({ key }) => key))).toEqual([keys, keys]);
    // Names that differ from a set one in a character, in case, or by a prefix.
    write(base, ['a', 'é']);
    await store.refresh();
    for (const name of ['A', 'a ', 'aa', '', 'e\u0301', 'feature.a', 'É', 'a\0', '0:feature.a']) {
      expect(store.features('open').has(name), name).toBe(false);
    }
    expect(Object.prototype).not.toHaveProperty('owner');
  });

  it('Messages escape and truncate a name that is not set: it may come from a request', async () => {
    const store = open(makeBase(['a']));
    const [namespace, pinned] = [store.namespace('open'), store.snapshot().namespace('open')];
    const client = await createClient(new SentryOptionsProvider({ store, namespace: 'open' }));
    for (const [name, shown] of [
      ['x'.repeat(MIB), 'xxx…'],
      ['\u001b[31m\n', '\\u001b[31m\\u000a'],
    ] as const) {
      const key = `feature.${name}`;
      const reads = [namespace, pinned].flatMap((one) => [() => one.get(key), () => one.values[key]]);
      for (const read of [...reads, () => namespace.option(key).value]) {
        expect(read).toThrow(shown);
        expect(read).toThrow(/^[^\n]{50,500}$/);
      }
      const { errorMessage } = await client.getNumberDetails(name, 1);
      expect(errorMessage).toContain(shown);
      expect(errorMessage).toMatch(/^[^\n]{50,500}$/);
    }
  });

  it('10 000 flags are set, read and changed, and a reload of one of them keeps the others', async () => {
    const names = Array.from({ length: 10_000 }, (_, number) => `organizations:flag-${number}`).sort();
    const base = makeBase(names);
    const store = open(base);
    const namespace = store.namespace('open');
    expect(namespace.keys()).toEqual(names.map((name) => `feature.${name}`));
    const objects = names.map((name) => namespace.get(`feature.${name}`));
    expect(names.filter((name) => store.features('open').has(name))).toHaveLength(10_000);
    const pinned = store.snapshot();
    const values = Object.fromEntries(names.map((name) => [`feature.${name}`, flagOf('t')]));
    const [changed, removed] = ['feature.organizations:flag-5000', 'feature.organizations:flag-7000'];
    delete values[removed];
    base.writeValues('open', { ...values, [changed]: flagOf('changed'), 'feature.new': flagOf('t') });
    const changes: string[][] = [];
    store.onReload((event) => void changes.push(event.changes.map(({ key }) => key)));
    await store.refresh();
    const differing = names.filter((name, place) => {
      const key = `feature.${name}`;
      return !namespace.isset(key) || namespace.get(key) !== objects[place];
    });
    expect(differing).toEqual([changed, removed].map((key) => key.slice('feature.'.length)));
    expect(namespace.keys()).toHaveLength(10_000);
    expect(names.every((name, place) => pinned.namespace('open').get(`feature.${name}`) === objects[place])).toBe(true);
    await waitForSignals(viewOf(store).control);
    expect(changes).toEqual([['feature.new', changed, removed]]);
    expect(store.status().reloads.at(-1)).toMatchObject({ keyCount: 3 });
    base.removeValues('open');
    await store.refresh();
    expect(namespace.keys()).toEqual([]);
    expect(names.filter((name) => store.features('open').has(name))).toEqual([]);
  });
});

describe('flags by pattern across stores', () => {
  it('What code holds moves to the next store, whose namespaces have other numbers, or no pattern', async () => {
    const seen: unknown[] = [];
    const [held, checker, option] = [options('open'), features('open'), options('open').option('feature.a')];
    const first = init({ directory: makeBase(['a'], 'first').directory, pollInterval: null, logger: QUIET });
    const subscription = held.option('feature.a').onChange((value, previous) => void seen.push([value, previous]));
    onTestFinished(() => subscription[Symbol.dispose]());
    const pinned = snapshot();
    expect([held.get('feature.a'), option.value, checker.has('a')]).toEqual([flagOf('first'), flagOf('first'), true]);
    expect([held.isset('feature.b'), checker.has('b')]).toEqual([false, false]);
    await close();
    expect(held.get('feature.a')).toEqual(flagOf('first'));

    // Two namespaces come first.
    const second = init({
      directory: makeBase(['b'], 'second', ['a', 'b']).directory,
      pollInterval: null,
      logger: QUIET,
    });
    expect([held.isset('feature.a'), checker.has('a'), held.get('feature.b'), checker.has('b')]).toEqual([
      ...[false, false, flagOf('second'), true],
    ]);
    expect(() => option.value).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    expect(held.keys()).toEqual(['feature.b']);
    await expect.poll(() => seen, { timeout: 30_000 }).toEqual([[undefined, flagOf('first')]]);
    await close();

    const base = new Base({ open: { number: integer(1) } });
    const third = init({ directory: base.directory, pollInterval: null, logger: QUIET });
    for (const read of [() => held.get('feature.b'), () => held.isset('feature.b'), () => option.value]) {
      expect(read).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    }
    expect(checker.evaluate('b').reason).toBe('UNKNOWN_FLAG');
    expect(held.keys()).toEqual(['number']);
    // A pinned snapshot stays with its own store.
    expect(pinned.namespace('open').get('feature.a')).toEqual(flagOf('first'));
    expect(pinned.features('open').has('a')).toBe(true);
    expect(pinned.namespace('open').isset('feature.b')).toBe(false);
    expect(new Set([first, second, third]).size).toBe(3);
  });
});
