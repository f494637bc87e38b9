/** Tests a second copy of the library in the same realm, as `resetModules` creates. */
import { jest } from '@jest/globals';
import { createTestOptions } from 'sentry-options/testing';
import { schemas } from '../service.js';

/** Loads all exports of the current copy of the library. */
const load = async () => ({ ...(await import('sentry-options')), ...(await import('sentry-options/testing')) });

let store;
let first;
let second;

beforeEach(async () => {
  store = createTestOptions({ schemas, install: true });
  first = await load();
  jest.resetModules();
  second = await load();
  expect(second.options).not.toBe(first.options);
});

afterEach(() => store.close());

test('A second copy reads the store of the first, and can only release it', async () => {
  expect(second.init().handle.id).toBe(store.handle.id);
  expect(second.options('seer').get('max-attempts')).toBe(3);
  await second.close();
  expect(() => second.options('seer').keys()).toThrow(second.NotInitializedError);
  const held = first.options('seer');
  expect(held.get('max-attempts')).toBe(3);
  await store.close();
  expect(() => first.options('seer').keys()).toThrow(first.NotInitializedError);
  store = createTestOptions({ schemas, values: { seer: { 'max-attempts': 8 } }, install: true });
  expect(held.get('max-attempts')).toBe(8);
  expect(second.init().namespace('seer').get('max-attempts')).toBe(8);
});

test('A second copy sees the overrides of the first and does not change them', () => {
  const read = () => {
    const seer = second.options('seer');
    expect(first.options('seer').get('max-attempts')).toBe(seer.get('max-attempts'));
    return [seer.get('max-attempts'), seer.get('limits').perMinute];
  };
  const ofFirst = first.overrideOptions('seer', { 'max-attempts': 1 });
  expect(read()).toEqual([1, 100]);
  const ofSecond = second.overrideOptions('seer', { limits: { perMinute: 5, tiers: [] } });
  expect(read()).toEqual([1, 5]);
  second.overrideOptions('seer', { 'max-attempts': 2 }, () => expect(read()).toEqual([2, 5]));
  expect(read()).toEqual([1, 5]);
  ofSecond[Symbol.dispose]();
  expect(read()).toEqual([1, 100]);
  ofFirst[Symbol.dispose]();
  expect(read()).toEqual([3, 100]);
});
