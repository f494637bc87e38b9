/** Tests flags by pattern that are not set: asked for once or often, a thread always sees what the files set. */
import { close, features, init, type OptionsStore, openOptions } from 'sentry-options';
import { alwaysOn, overrideOptions } from 'sentry-options/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type OptionId, splitPatternFlagId } from '../../src/names/option-id.js';
import { FeatureChecker } from '../../src/reading/feature-checker.js';
import { LiveFlags, PinnedFlags } from '../../src/reading/flags.js';
import { StoreView } from '../../src/view/view.js';
import { Base, integer } from '../support/base.js';
import { FLAG } from '../support/flags.js';

const LISTED = { number: integer(1), 'feature.listed': FLAG, 'feature.unset-listed': FLAG };
const SET = Array.from({ length: 20 }, (_, index) => `set-${index}`);
const UNSET = Array.from({ length: 100 }, (_, index) => `unset-${index}`);

let base: Base;
let store: OptionsStore;

/** Writes a values file that sets the flags `names`, and adopts it. */
function write(names: readonly string[]): void {
  base.writeValues('seer', Object.fromEntries(names.map((name) => [`feature.${name}`, alwaysOn()])));
  if (store !== undefined) store.refreshSync();
}

/** Asks for flags that are not set, until the thread can tell that without a slower read. */
function askOften(flags: { has(name: string): boolean } = store.features('seer')): void {
  for (const name of UNSET) expect(flags.has(name)).toBe(false);
}

beforeEach(() => {
  base = new Base({ other: { number: integer(1) } });
  const schema = { version: '1.0', type: 'object', properties: LISTED, patternProperties: { '^feature\\.': FLAG } };
  base.writeSchema('seer', JSON.stringify(schema));
  base.writeValues('seer', Object.fromEntries(SET.map((name) => [`feature.${name}`, alwaysOn()])));
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  store = openOptions({ directory: base.directory, pollInterval: null, logger });
  onTestFinished(async () => {
    await store.close();
    store = undefined as never;
  });
});

describe('a flag by pattern that is not set', () => {
  it.each(['live', 'of a snapshot'])(
    'A flag, %s, is off or on as before, however often others are asked for',
    (kind) => {
      const flags = kind === 'live' ? store.features('seer') : store.snapshot().features('seer');
      const names = [
        ...SET,
        'listed',
        'unset-listed',
        'number',
        '',
        'set-1 ',
        '__proto__',
        7 as never,
        'x'.repeat(9_999),
      ];
      const answers = () => names.map((name) => [flags.has(name), flags.evaluate(name).reason]);
      const before = answers();
      expect(before.slice(0, SET.length)).toEqual(SET.map(() => [true, 'SEGMENT_ON']));
      const reasons = ['NOT_SET', 'NOT_SET', 'NOT_SET', 'NOT_SET', 'NOT_SET', 'NOT_SET', 'UNKNOWN_FLAG', 'NOT_SET'];
      expect(before.slice(SET.length)).toEqual(reasons.map((reason) => [false, reason]));
      askOften(flags);
      expect(answers()).toEqual(before);
    },
  );

  it('A flag that a reload sets is on, and off once a reload removes it', () => {
    const flags = store.features('seer');
    askOften();
    write([...SET, 'unset-3', 'unset-listed']);
    expect(['unset-3', 'unset-4', 'unset-listed', 'set-3'].map((name) => flags.has(name))).toEqual([
      true,
      false,
      true,
      true,
    ]);
    // Without a read in between.
    write(SET);
    write([...SET, 'unset-5']);
    write(SET.slice(1));
    expect(['unset-3', 'unset-5', 'unset-listed', 'set-0', 'set-1'].map((name) => flags.has(name))).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(flags.evaluate('set-0').reason).toBe('NOT_SET');
    // All at once.
    write(UNSET);
    expect([...UNSET, ...SET].filter((name) => flags.has(name))).toEqual(UNSET);
  });

  it('Another thread that asks for unset flags sees each reload, whenever it adopts it', () => {
    const other = openOptions({ handle: store.handle });
    onTestFinished(() => other.close());
    const flags = other.features('seer');
    askOften(flags);
    write(['unset-1']);
    write(['unset-2', 'set-2']);
    expect(['unset-1', 'unset-2', 'set-1', 'set-2'].map((name) => flags.has(name))).toEqual([false, true, false, true]);
  });

  it('The names that a thread keeps are those of flags that are set or listed, also after reloads', () => {
    const view = new StoreView(store.handle, () => {});
    const cache = view.cacheOf('seer');
    const checker = new FeatureChecker(new LiveFlags(view, 'seer'));
    const knownUnset = () => ['set-0', 'set-1', 'unset-1', 'unset-2', 'listed'].filter((name) => cache.isUnset(name));
    expect(knownUnset()).toEqual([]);
    askOften(checker);
    expect(cache.size).toBe(0);
    expect(knownUnset()).toEqual(['unset-1', 'unset-2']);
    write([...SET.slice(1), 'unset-1', 'listed']);
    checker.has('set-1');
    expect(knownUnset()).toEqual(['set-0', 'unset-2']);
    write([]);
    checker.has('set-1');
    expect(knownUnset()).toEqual(['set-0', 'set-1', 'unset-1', 'unset-2']);
  });

  it('Nothing is kept for a name, whatever asks for it: it may come from a request', () => {
    const cache = (store as unknown as { view: StoreView }).view.cacheOf('seer');
    const options = store.namespace('seer');
    const pinned = store.snapshot().namespace('seer');
    for (const name of UNSET) {
      const key = `feature.${name}`;
      expect([options.isset(key), pinned.isset(key), options.option(key).isset]).toEqual([false, false, false]);
      for (const each of [options, pinned]) expect(() => each.get(key)).toThrow(/is not set/);
      expect(options.option(key)).not.toBe(options.option(key));
    }
    expect([cache.size, cache.issets.size]).toEqual([0, 0]);
    expect(options.option('feature.listed')).toBe(options.option('feature.listed'));
  });

  it('A snapshot keeps only the flags that are set', () => {
    const view = new StoreView(store.handle, () => {});
    const read: string[] = [];
    const value = (id: OptionId) => {
      read.push(splitPatternFlagId(id as string).key);
      return view.valueIn(view.adopt(), id);
    };
    const flags = new PinnedFlags(new LiveFlags(view, 'seer'), { value, patternFlagNames: () => [], isAdopted: false });
    for (const name of ['set-1', 'unset-1', 'set-1', 'unset-1']) flags.find(name);
    expect(read).toEqual(['feature.set-1', 'feature.unset-1', 'feature.unset-1']);
  });

  it('An override sets it as long as it is active', async () => {
    init({ directory: base.directory, pollInterval: null });
    onTestFinished(() => close());
    const checker = features('seer');
    askOften(checker);
    const override = overrideOptions('seer', { 'feature.unset-1': alwaysOn() });
    expect([checker.has('unset-1'), checker.has('unset-2'), checker.has('set-1')]).toEqual([true, false, true]);
    override[Symbol.dispose]();
    expect([checker.has('unset-1'), checker.has('unset-2'), checker.has('set-1')]).toEqual([false, false, true]);
  });

  it('A snapshot keeps its flags, whatever a later reload sets or removes', () => {
    const pinned = store.snapshot().features('seer');
    askOften(pinned);
    write(['unset-1']);
    expect(store.features('seer').has('unset-1')).toBe(true);
    expect(['unset-1', 'set-1', 'unset-2'].map((name) => pinned.has(name))).toEqual([false, true, false]);
    const later = store.snapshot().features('seer');
    expect(['unset-1', 'set-1', 'unset-2'].map((name) => later.has(name))).toEqual([true, false, false]);
  });
});
