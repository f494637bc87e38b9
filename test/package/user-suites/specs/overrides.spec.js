/** Tests without files: an in-memory store for the whole file, and overrides for single tests. */
import { close, NotInitializedError, OptionsError, options, snapshot } from 'sentry-options';
import { createTestOptions, overrideOptions } from 'sentry-options/testing';
import { attempt, isAllowed, schemas } from '../service.js';

/** Compiled `using` uses this symbol if the runner's realm has no `Symbol.dispose`. */
const DISPOSE = Symbol.dispose ?? Symbol.for('Symbol.dispose');

const fail = () => Promise.reject(new Error('not this time'));

beforeAll(() => {
  createTestOptions({ schemas, values: { seer: { 'max-attempts': 2 } }, install: true });
});

afterAll(async () => {
  await close();
  expect(() => options('seer').keys()).toThrow(NotInitializedError);
});

test('Options have the values of this file, else the defaults', () => {
  const seer = options('seer');
  expect([seer.get('max-attempts'), seer.isset('max-attempts')]).toEqual([2, true]);
  expect([seer.get('limits').perMinute, seer.isset('limits')]).toEqual([100, false]);
});

describe('overrideOptions()', () => {
  let override;

  beforeEach(() => {
    override = overrideOptions('seer', { limits: { perMinute: 1, tiers: ['paid'] } });
  });

  afterEach(() => {
    override[DISPOSE]();
    expect(isAllowed('free', 5)).toBe(true);
  });

  test('The service reads the override', () => {
    expect([isAllowed('paid', 0), isAllowed('paid', 1), isAllowed('free', 0)]).toEqual([true, false, false]);
    expect(options('seer').isset('limits')).toBe(true);
    expect(options('seer').option('limits').value).toStrictEqual({ perMinute: 1, tiers: ['paid'] });
    expect(() => options('seer').get('limits').tiers.push('free')).toThrow(TypeError);
  });

  test('Overrides can be nested and disposed of in any order', () => {
    const second = overrideOptions('seer', { limits: { perMinute: 2, tiers: ['paid'] }, 'max-attempts': 1 });
    const pinned = snapshot().namespace('seer');
    expect(isAllowed('paid', 1)).toBe(true);
    override[DISPOSE]();
    expect(isAllowed('paid', 1)).toBe(true);
    second[DISPOSE]();
    expect(options('seer').get('max-attempts')).toBe(2);
    expect(pinned.get('limits').perMinute).toBe(2);
  });

  test('An invalid override changes nothing and throws an error of the imported class', () => {
    for (const values of [{ 'max-attempts': 'many' }, { limits: {} }, { 'max-attempt': 1 }]) {
      expect(() => overrideOptions('seer', { 'max-attempts': 9, ...values })).toThrow(OptionsError);
    }
    expect(() => overrideOptions('relay', {})).toThrow(OptionsError);
    expect(options('seer').get('max-attempts')).toBe(2);
  });
});

test('A feature flag can be overridden', () => {
  expect(options('seer').isset('feature.summaries')).toBe(false);
  const flag = {
    owner: { team: 'search' },
    created_at: '2026-01-21',
    segments: [{ name: 'all', conditions: [{ property: 'plan', operator: 'in', value: ['business'] }] }],
  };
  overrideOptions('seer', { 'feature.summaries': flag }, () => {
    expect(options('seer').get('feature.summaries')).toStrictEqual(flag);
  });
  expect(options('seer').isset('feature.summaries')).toBe(false);
});

describe('overrideOptions() with a callback', () => {
  /** Counts the attempts of a job that fails and yields to other callbacks before each failure. */
  const countAttempts = (limit) =>
    overrideOptions('seer', { 'max-attempts': limit }, async () => {
      let count = 0;
      const job = async () => {
        count++;
        await new Promise((resolve) => setImmediate(resolve));
        return fail();
      };
      await expect(attempt(job)).rejects.toThrow('not this time');
      return count;
    });

  // Concurrent callbacks in one thread: each sees its own override.
  for (const limit of [1, 4, 7]) {
    test.concurrent(`Concurrent tests see their own override: ${limit}`, async () => {
      expect(await countAttempts(limit)).toBe(limit);
    });
  }

  test('Concurrent callbacks in one test see their own override', async () => {
    expect(await Promise.all([1, 2, 3, 4, 5].map(countAttempts))).toEqual([1, 2, 3, 4, 5]);
    expect(options('seer').get('max-attempts')).toBe(2);
  });

  test('An override ends when the callback throws', async () => {
    await expect(overrideOptions('seer', { 'max-attempts': 1 }, fail)).rejects.toThrow('not this time');
    expect(() =>
      overrideOptions('seer', { 'max-attempts': 1 }, () => {
        throw new RangeError('at once');
      }),
    ).toThrow(RangeError);
    expect(options('seer').get('max-attempts')).toBe(2);
  });
});
