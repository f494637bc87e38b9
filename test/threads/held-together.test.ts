/** Tests `isolation`, `suspiciousReload` and `onInvalidValues` together in real stores. */
import { type OptionsConfig, type OptionsStore, openOptions, SuspiciousReloadError, ValuesError } from 'sentry-options';
import { expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const NAMESPACES = ['bad', 'blank', 'good'];
const all = (value: unknown) => Object.fromEntries(NAMES.map((name) => [name, value]));

function makeBase(): Base {
  const properties = Object.fromEntries(NAMES.map((name) => [name, integer(0)]));
  const base = new Base(Object.fromEntries(NAMESPACES.map((name) => [name, properties])));
  for (const name of NAMESPACES) base.writeValues(name, all(1));
  return base;
}

function open(base: Base, config: OptionsConfig = {}): OptionsStore {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const settings = { suspiciousReload: 'hold', isolation: 'namespace', pollInterval: null, logger } as const;
  const store = openOptions({ directory: base.directory, ...settings, ...config });
  onTestFinished(() => store.close());
  return store;
}

const read = (store: OptionsStore) => NAMESPACES.map((name) => store.namespace(name).get('a'));
const held = (store: OptionsStore) => NAMESPACES.filter((name) => store.status().namespaces[name]?.held !== null);

it('A bad namespace and a suspicious one are held back together, and the suspicious one is accepted alone', () => {
  const base = makeBase();
  const store = open(base);
  base.writeValues('bad', all('x'));
  base.writeValues('blank', {});
  base.writeValues('good', all(2));
  expect(() => store.refreshSync()).toThrow(ValuesError);
  expect(read(store)).toEqual([1, 1, 2]);
  expect(held(store)).toEqual(['bad', 'blank']);
  expect(() => store.refreshSync({ accept: true })).toThrow(ValuesError);
  expect(read(store)).toEqual([1, 0, 2]);
  expect(held(store)).toEqual(['bad']);
  // What was accepted is no acceptance of what comes next.
  base.writeValues('bad', {});
  expect(() => store.refreshSync()).toThrow(SuspiciousReloadError);
  expect(read(store)).toEqual([1, 0, 2]);
  base.writeValues('bad', all(3));
  base.writeValues('blank', all(3));
  expect(store.refreshSync()).toBe(true);
  expect(read(store)).toEqual([3, 3, 2]);
  expect(store.status()).toMatchObject({ health: 'ok', lastError: null });
});

it.each(['all', 'namespace'] as const)(
  'An acceptance while nothing is held back accepts no later reload: isolation %s',
  (isolation) => {
    const base = makeBase();
    const store = open(base, { isolation });
    expect(store.refreshSync({ accept: true })).toBe(false);
    base.writeValues('blank', {});
    expect(() => store.refreshSync()).toThrow(SuspiciousReloadError);
    expect(read(store)).toEqual([1, 1, 1]);
    // Back to the last values, and suspicious again.
    base.writeValues('blank', all(1));
    expect(store.refreshSync()).toBe(false);
    expect(store.status().health).toBe('ok');
    base.writeValues('blank', {});
    expect(() => store.refreshSync()).toThrow(SuspiciousReloadError);
  },
);

it('With isolation all, values that were accepted beside a bad file are live once that is good', () => {
  const base = makeBase();
  const store = open(base, { isolation: 'all' });
  base.writeValues('bad', all('x'));
  base.writeValues('blank', {});
  expect(() => store.refreshSync({ accept: true })).toThrow(ValuesError);
  expect(read(store)).toEqual([1, 1, 1]);
  base.writeValues('bad', all(2));
  expect(store.refreshSync()).toBe(true);
  expect(read(store)).toEqual([2, 0, 1]);
});

it('A start that serves the defaults of a bad namespace holds back no values that replace them', () => {
  const base = makeBase();
  base.writeValues('bad', all('x'));
  const store = open(base, { onInvalidValues: 'defaults' });
  expect(read(store)).toEqual([0, 1, 1]);
  expect(held(store)).toEqual(['bad']);
  // A good namespace is judged by its own values, not by the defaults of the start.
  base.writeValues('blank', {});
  expect(() => store.refreshSync()).toThrow(ValuesError);
  expect(held(store)).toEqual(['bad', 'blank']);
  base.writeValues('bad', all(2));
  expect(() => store.refreshSync()).toThrow(SuspiciousReloadError);
  expect(read(store)).toEqual([2, 1, 1]);
  expect(store.status().fallback).toMatchObject({ kind: 'defaults' });
});
