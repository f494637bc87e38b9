/** Tests `features(namespace).all()`: which flags it has, their answers, and what no caller can break. */
import {
  close,
  type Feature,
  FeatureContext,
  features,
  init,
  type OptionsConfig,
  type OptionsStore,
} from 'sentry-options';
import {
  alwaysOff,
  alwaysOn,
  createTestOptions,
  enabledWhen,
  overrideOptions,
  rolloutTo,
} from 'sentry-options/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { FeatureChecker } from '../../src/reading/feature-checker.js';
import { LiveFlags, PinnedFlags } from '../../src/reading/flags.js';
import { Pinned } from '../../src/reading/pinned.js';
import { StoreView } from '../../src/view/view.js';
import { Base, boolean, integer, patternSchema } from '../support/base.js';
import { FLAG, openQuietly, QUIET } from '../support/flags.js';
import { makeMemoryStore } from '../support/memory-store.js';

afterEach(() => close());

const LISTED = { size: integer(1), 'feature.b': FLAG, 'feature.switch': boolean(true), 'feature.a': FLAG };
const ON_TEAM = enabledWhen({ property: 'plan', operator: 'equals', value: 'team' });
const TEAM = new FeatureContext({ plan: 'team' });

function makeBase(values: Record<string, Feature>): Base {
  const base = new Base({ shop: LISTED });
  const { size, 'feature.b': b, 'feature.a': a } = LISTED;
  base.writeSchema('open', patternSchema({ size, 'feature.b': b, 'feature.a': a }));
  for (const namespace of ['shop', 'open']) base.writeValues(namespace, values);
  return base;
}

function start(values: Record<string, Feature>, config?: OptionsConfig): { base: Base; store: OptionsStore } {
  const base = makeBase(values);
  return { base, store: openQuietly(base, config) };
}

/** Makes a store in memory whose flags are all by pattern. */
function makeOpenStore(flags: Record<string, Feature>): OptionsStore {
  const entries = Object.entries(flags).map(([name, flag]) => [`feature.${name}`, flag]);
  return createTestOptions({ schemas: { open: patternSchema() }, values: { open: Object.fromEntries(entries) } });
}

describe('all()', () => {
  it('It has each flag that is listed or set, by name, in the order of keys(), and no option', async () => {
    const { base, store } = start({ 'feature.a': ON_TEAM });
    expect(Object.entries(store.features('shop').all(TEAM))).toEqual([
      ['b', false],
      ['a', true],
    ]);
    expect(store.features('shop').all({ plan: 'free' })).toEqual({ b: false, a: false });
    base.writeValues('open', { 'feature.z': alwaysOn(), 'feature.c': alwaysOff(), 'feature.b': ON_TEAM });
    await store.refresh();
    const all = store.features('open').all(TEAM);
    expect(Object.entries(all)).toEqual([
      ['b', true],
      ['a', false],
      ['c', false],
      ['z', true],
    ]);
    const keys = store.namespace('open').keys();
    expect(Object.keys(all).map((name) => `feature.${name}`)).toEqual(keys.filter((key) => key !== 'size'));
    base.writeValues('open', {});
    await store.refresh();
    expect(store.features('open').all(TEAM)).toEqual({ b: false, a: false });
  });

  it('With `only`, it has these names and no others, once each, whether there are such flags or not', () => {
    const { store } = start({ 'feature.a': alwaysOn(), 'feature.b': alwaysOn() });
    for (const namespace of ['shop', 'open', 'unknown']) {
      const isOn = namespace !== 'unknown';
      const only = ['nope', 'a', 'switch', 'size', 'feature.a', 'a', ''];
      expect(Object.entries(store.features(namespace).all(TEAM, { only }))).toEqual([
        ['nope', false],
        ['a', isOn],
        ['switch', false],
        ['size', false],
        ['feature.a', false],
        ['', false],
      ]);
      expect(store.features(namespace).all(TEAM, { only: [] })).toEqual({});
    }
    expect(store.features('unknown').all(TEAM)).toEqual({});
    expect(store.features('shop').all(TEAM, { only: undefined })).toEqual({ a: true, b: true });
  });

  it('All answers are those of has(), for contexts of both kinds', () => {
    const flags = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `flag-${index}`,
        index % 2 === 0 ? rolloutTo(index * 2) : enabledWhen({ property: 'id', operator: 'in', value: [1, index] }),
      ]),
    );
    const checker = makeOpenStore(flags).features('open');
    for (let id = 0; id < 20; id++) {
      for (const context of [{ id, plan: 'free' }, new FeatureContext({ id }, { identityFields: ['id'] })]) {
        const each = Object.keys(flags).map((name) => [name, checker.has(name, context)]);
        expect(checker.all(context)).toEqual(Object.fromEntries(each));
      }
    }
  });

  it('All answers come from one generation, even if the context adopts a newer one meanwhile', async () => {
    const { base, store } = start({ 'feature.a': ON_TEAM, 'feature.b': ON_TEAM });
    const checker = store.features('shop');
    expect(checker.has('a', TEAM)).toBe(true);
    const context = {
      get plan() {
        base.writeValues('shop', {});
        store.refreshSync();
        expect(checker.has('a', TEAM)).toBe(false);
        return 'team';
      },
    };
    expect(checker.all(context)).toEqual({ b: true, a: true });
    expect(checker.all(TEAM)).toEqual({ b: false, a: false });
  });

  it('All answers come from one store, even if the context moves the thread to another one meanwhile', async () => {
    const other = new Base({ shop: { 'feature.a': FLAG, 'feature.b': FLAG } });
    init({
      directory: makeBase({ 'feature.b': ON_TEAM, 'feature.a': ON_TEAM }).directory,
      pollInterval: null,
      logger: QUIET,
    });
    const checker = features('shop');
    const context = {
      get plan() {
        void close();
        init({ directory: other.directory, pollInterval: null, logger: QUIET });
        expect(checker.has('b', TEAM)).toBe(false);
        return 'team';
      },
    };
    expect(checker.all(context)).toEqual({ b: true, a: true });
    expect(checker.all(TEAM)).toEqual({ a: false, b: false });
  });

  it('A flag of a pinned generation does not stay for live reads if the thread adopts a newer one meanwhile', () => {
    const store = makeMemoryStore({ shop: LISTED }, { shop: { 'feature.a': alwaysOn() } });
    const view = new StoreView(store.handle, () => {});
    const live = new LiveFlags(view, 'shop');
    const pinned = new Pinned(view);
    const flags = new PinnedFlags(live, {
      value(id) {
        const value = pinned.value(id);
        store.publish({ shop: { 'feature.a': { ...alwaysOn(), enabled: false } } });
        view.adopt();
        return value;
      },
      patternFlagNames: () => [],
      get isAdopted() {
        return pinned.isAdopted;
      },
    });
    expect([flags.find('a').enabled, live.find('a').enabled]).toEqual([true, false]);
  });

  it('On a pinned snapshot, it keeps the generation and the names of that snapshot', async () => {
    const { base, store } = start({ 'feature.a': alwaysOn(), 'feature.x': alwaysOn() } as Record<string, Feature>, {
      schemas: { open: patternSchema({ 'feature.a': FLAG }) },
    });
    const pinned = store.snapshot().features('open');
    base.writeValues('open', { 'feature.y': alwaysOn() });
    await store.refresh();
    expect(store.features('open').all()).toEqual({ a: false, y: true });
    expect(pinned.all()).toEqual({ a: true, x: true });
    expect(pinned.all({}, { only: ['y', 'x'] })).toEqual({ y: false, x: true });
    expect(store.snapshot().features('open').all()).toEqual({ a: false, y: true });
  });

  it('Overrides apply, also to flags that are not set', async () => {
    init({ directory: makeBase({ 'feature.a': alwaysOn() }).directory, pollInterval: null, logger: QUIET });
    const checker = features('open');
    const before = { b: false, a: true };
    expect(checker.all()).toEqual(before);
    await overrideOptions('open', { 'feature.a': alwaysOff(), 'feature.new': alwaysOn() }, async () => {
      expect(checker.all()).toEqual({ b: false, a: false, new: true });
      expect(checker.all({}, { only: ['new', 'a'] })).toEqual({ new: true, a: false });
    });
    expect(checker.all()).toEqual(before);
  });

  it('It counts each evaluation as has() does, once for each name', () => {
    const store = makeOpenStore({ a: alwaysOn(), b: alwaysOff(), c: ON_TEAM });
    const counts = () => store.usage().flags.map(({ flag, on, off, errors }) => [flag, on, off, errors]);
    store.features('open').all(TEAM);
    store.snapshot().features('open').all(TEAM);
    store.features('open').all(TEAM, { only: ['a', 'a', 'nope'] });
    expect(counts()).toEqual([
      ['a', 3, 0, 0],
      ['b', 0, 2, 0],
      ['c', 2, 0, 0],
    ]);
    const failing = {
      get plan(): string {
        throw new Error('no plan');
      },
    };
    expect(store.features('open').all(failing)).toEqual({ a: true, b: false, c: false });
    expect(counts()).toEqual([
      ['a', 4, 0, 0],
      ['b', 0, 3, 0],
      ['c', 2, 0, 1],
    ]);
  });
});

describe('the object of all()', () => {
  it('Names of the language are ordinary names, for JSON, spread and structured clone', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '</script>'];
    const store = makeOpenStore(Object.fromEntries(names.map((name) => [name, alwaysOn()])));
    for (const flags of [store.features('open').all(), store.features('open').all({}, { only: [...names].sort() })]) {
      // React and others take only such objects from a server to a browser.
      expect(Object.getPrototypeOf(flags)).toBe(Object.prototype);
      for (const each of [flags, { ...flags }, structuredClone(flags), JSON.parse(JSON.stringify(flags))]) {
        expect(Object.entries(each)).toEqual([...names].sort().map((name) => [name, true]));
      }
    }
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  it('It is a new object each time, so that a caller may change it', () => {
    const checker = makeOpenStore({ a: alwaysOn() }).features('open');
    checker.all().a = false;
    expect(checker.all()).toEqual({ a: true });
  });
});

describe('all() never throws', () => {
  it('Without a store, it has the names in `only`, all false; and it follows the thread to its next store', async () => {
    const checker = features('shop');
    expect([checker.all(TEAM), checker.all(TEAM, { only: ['a'] })]).toEqual([{}, { a: false }]);
    init({ directory: makeBase({ 'feature.a': alwaysOn() }).directory, pollInterval: null, logger: QUIET });
    expect([checker.all(TEAM), checker.all(TEAM, { only: ['a'] })]).toEqual([{ b: false, a: true }, { a: true }]);
    await close();
    expect(checker.all(TEAM)).toEqual({ b: false, a: true });
    init({ directory: makeBase({ 'feature.b': alwaysOn() }).directory, pollInterval: null, logger: QUIET });
    expect(checker.all(TEAM)).toEqual({ b: true, a: false });
  });

  it('Invalid options give no flag, rather than all, and one message each', () => {
    const messages: string[] = [];
    const store = makeMemoryStore({ shop: LISTED }, { shop: { 'feature.a': alwaysOn() } });
    const view = new StoreView(store.handle, (_level, message) => void messages.push(message));
    const checker = new FeatureChecker(new LiveFlags(view, 'shop'));
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    const odd = [{ onyl: ['a'] }, { only: 'a' }, { only: null }, { only: ['a', 1] }, { only: proxy }, null, 'only'];
    for (const options of [...odd, { only: new Array(2) }, ...odd]) {
      expect(checker.all({ plan: 'team' }, options as never)).toEqual({});
    }
    const wrong = 'The option only of all() must be an array of flag names; got';
    expect(messages).toEqual([
      "Unknown setting 'onyl'. Known settings: only.",
      `${wrong} string.`,
      `${wrong} null.`,
      `${wrong} array with number.`,
      `${wrong} object.`,
      'The options of all() must be an object; got null.',
      'The options of all() must be an object; got string.',
      `${wrong} array with undefined.`,
    ]);
    expect(checker.all({ plan: 'team' })).toEqual({ b: false, a: true });
  });

  it('A context that cannot be read turns off only the flags that read it', () => {
    const checker = makeOpenStore({ a: alwaysOn(), b: ON_TEAM }).features('open');
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    expect(checker.all(revoked.proxy as never)).toEqual({ a: false, b: false });
    for (const odd of [null, 1, 'x', () => {}, []]) expect(checker.all(odd as never)).toEqual({ a: true, b: false });
  });

  it('Overwritten names give no flags but those in `only`, of which those that this thread has read keep their answers', () => {
    const store = makeMemoryStore({ shop: LISTED }, { shop: { 'feature.a': alwaysOn(), 'feature.b': alwaysOn() } });
    const checker = new FeatureChecker(new LiveFlags(new StoreView(store.handle, () => {}), 'shop'));
    expect(checker.has('a')).toBe(true);
    new Uint8Array(store.handle.catalog).fill(7, -20);
    expect(checker.all()).toEqual({});
    expect(checker.all({}, { only: ['a', 'nope'] })).toEqual({ a: true, nope: false });
  });
});
