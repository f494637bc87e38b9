/** Tests flags by pattern in what hosts and tests use: overrides, stores in memory, and OpenFeature. */
import { ProviderEvents } from '@openfeature/server-sdk';
import { close, type OptionsStore, openOptions } from 'sentry-options';
import { SentryOptionsProvider } from 'sentry-options/openfeature';
import { alwaysOff, alwaysOn, createTestOptions, overrideOptions } from 'sentry-options/testing';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Base, boolean, integer, patternSchema } from '../support/base.js';
import { createClient, Listener } from '../support/openfeature.js';

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const FLAG = { $ref: '#/definitions/Feature' };
const SCHEMA = JSON.parse(patternSchema({ number: integer(1), x: boolean(false), 'feature.listed': FLAG }));

afterEach(() => close());

function createStore(values: object = {}): OptionsStore {
  return createTestOptions({ schemas: { open: SCHEMA }, values: { open: { ...values } }, install: true });
}

describe('overrides of flags by pattern', () => {
  it('An override sets a flag that no file sets, for live reads and for snapshots, until it ends', () => {
    const store = createStore({ 'feature.a': alwaysOff() });
    const [namespace, checker] = [store.namespace('open'), store.features('open')];
    const before = store.snapshot();
    expect([checker.has('a'), checker.has('b'), namespace.isset('feature.b')]).toEqual([false, false, false]);
    const option = namespace.option('feature.b');
    const override = overrideOptions('open', {
      'feature.a': alwaysOn(),
      'feature.b': alwaysOn(),
      'feature.': alwaysOn(),
    });
    const during = store.snapshot();
    const keys = ['number', 'x', 'feature.listed', 'feature.', 'feature.a', 'feature.b'];
    for (const reads of [store, during]) {
      expect(reads.namespace('open').keys()).toEqual(keys);
      expect([reads.features('open').has('a'), reads.features('open').has('b')]).toEqual([true, true]);
      expect(reads.namespace('open').isset('feature.b')).toBe(true);
      expect(reads.namespace('open').get('feature.b')).toEqual(alwaysOn());
    }
    expect([option.value, option.isset]).toEqual([alwaysOn(), true]);
    expect(store.staleFlags({ days: 1, now: new Date('9999-01-01') }).map(({ flag }) => flag)).toEqual(['', 'a', 'b']);
    expect(before.namespace('open').keys()).toEqual(['number', 'x', 'feature.listed', 'feature.a']);
    expect(before.features('open').has('b')).toBe(false);
    override[Symbol.dispose]();
    expect([checker.has('a'), checker.has('b'), namespace.isset('feature.b'), option.isset]).toEqual([
      ...[false, false, false, false],
    ]);
    expect(() => option.value).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    expect(namespace.keys()).toEqual(['number', 'x', 'feature.listed', 'feature.a']);
    expect(during.features('open').has('b')).toBe(true);
    expect(Object.keys(during.toJSON().namespaces.open ?? {})).toEqual(keys.filter((key) => key !== 'feature.listed'));
  });

  it('An override is of one namespace, also if another one declares the same names', () => {
    const store = createTestOptions({ schemas: { open: SCHEMA, other: SCHEMA }, install: true });
    const override = overrideOptions('other', { 'feature.b': alwaysOn() });
    onTestFinished(() => override[Symbol.dispose]());
    for (const reads of [store, store.snapshot()]) {
      const has = (namespace: string) => reads.features(namespace).has('b');
      const lists = (namespace: string) => reads.namespace(namespace).keys().includes('feature.b');
      expect(['open', 'other'].map((namespace) => [has(namespace), lists(namespace)])).toEqual([
        [false, false],
        [true, true],
      ]);
    }
  });

  it('Overrides nest, end in any order, and apply to one asynchronous call', async () => {
    const store = createStore();
    const checker = store.features('open');
    const [outer, inner] = [alwaysOn(), alwaysOff()].map((flag) => overrideOptions('open', { 'feature.a': flag }));
    expect(checker.has('a')).toBe(false);
    inner?.[Symbol.dispose]();
    expect(checker.has('a')).toBe(true);
    await overrideOptions('open', { 'feature.b': alwaysOn() }, async () => {
      await null;
      expect([checker.has('a'), checker.has('b')]).toEqual([true, true]);
    });
    outer?.[Symbol.dispose]();
    expect([checker.has('a'), checker.has('b')]).toEqual([false, false]);
  });

  it('Values and overrides of flags by pattern are validated as those of listed flags', () => {
    createStore();
    for (const values of [{ 'feature.a': true }, { 'feature.a': {} }, { 'feature.a': null }]) {
      expect(() => overrideOptions('open', values as never)).toThrow(
        expect.objectContaining({ code: 'VALUES_INVALID' }),
      );
    }
    expect(() => overrideOptions('open', { 'features.a': alwaysOn() } as never)).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_OPTION', key: 'features.a' }),
    );
    const values = { open: { 'feature.a': 1 } };
    expect(() => createTestOptions({ schemas: { open: SCHEMA }, values })).toThrow('feature.a');
  });
});

describe('OpenFeature', () => {
  it('A flag by pattern is found by its name, and an option of that name while the flag is not set', async () => {
    const base = new Base({});
    base.writeSchema('open', JSON.stringify(SCHEMA));
    base.writeValues('open', {});
    const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => store.close());
    const client = await createClient(new SentryOptionsProvider({ store, namespace: 'open' }));
    const listener = new Listener(client);
    const ask = async (key: string) => {
      const { value, reason, errorCode } = await client.getBooleanDetails(key, false);
      return { value, reason, errorCode };
    };
    const unset = await ask('unset');
    expect(unset).toEqual({ value: false, reason: 'DEFAULT', errorCode: undefined });
    // An option of type boolean.
    expect(await ask('x')).toEqual(unset);
    expect((await client.getBooleanDetails('x', true)).value).toBe(false);

    base.writeValues('open', { 'feature.x': alwaysOn(), 'feature.a/b': alwaysOn(), 'feature.listed': alwaysOn() });
    await store.refresh();
    expect(await listener.next(ProviderEvents.ConfigurationChanged)).toMatchObject({
      flagsChanged: ['listed', 'a/b', 'x'],
    });
    for (const key of ['x', 'open/x', 'a/b', 'open/a/b', 'listed']) expect((await ask(key)).value, key).toBe(true);
    expect(await ask('unset')).toEqual(unset);

    base.writeValues('open', { x: true });
    await store.refresh();
    expect(await listener.next(ProviderEvents.ConfigurationChanged)).toMatchObject({
      flagsChanged: ['x', 'listed', 'a/b'],
    });
    expect([(await ask('x')).value, (await ask('a/b')).value]).toEqual([true, false]);
    expect(await ask('a/b')).toEqual(unset);
  });

  it('Of an option and a listed flag of one name, the flag counts, also while it is not set', async () => {
    const schema = JSON.parse(patternSchema({ both: boolean(true), 'feature.both': FLAG, other: boolean(true) }));
    const store = createTestOptions({ schemas: { open: schema } });
    const client = await createClient(new SentryOptionsProvider({ store, namespace: 'open' }));
    const ask = async (key: string) => (await client.getBooleanDetails(key, false)).value;
    expect([await ask('both'), await ask('other')]).toEqual([false, true]);
  });

  it('Of an option and a flag by pattern of one name, an override of the flag counts, too', async () => {
    const client = await createClient(new SentryOptionsProvider({ store: createStore(), namespace: 'open' }));
    const ask = () => client.getBooleanDetails('x', false);
    const before = await ask();
    const override = overrideOptions('open', { 'feature.x': alwaysOn() });
    expect(await ask()).toMatchObject({ value: true, reason: 'TARGETING_MATCH' });
    override[Symbol.dispose]();
    expect(await ask()).toEqual(before);
  });

  it('Of an option and a flag by pattern of one name, the last reload decides which one counts, also if it was not read yet', async () => {
    const base = new Base({});
    base.writeSchema('open', JSON.stringify(SCHEMA));
    base.writeValues('open', {});
    const owner = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
    onTestFinished(() => owner.close());
    const store = openOptions({ handle: owner.handle });
    onTestFinished(() => store.close());
    const client = await createClient(new SentryOptionsProvider({ store, namespace: 'open' }));
    expect((await client.getBooleanDetails('x', false)).value).toBe(false);
    base.writeValues('open', { 'feature.x': alwaysOn() });
    owner.refreshSync();
    expect((await client.getBooleanDetails('x', false)).value).toBe(true);
  });
});
