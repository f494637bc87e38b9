/** Tests which flags `staleFlags()` returns. */
import { type Feature, openOptions } from 'sentry-options';
import { alwaysOff, alwaysOn, createTestOptions, enabledWhen, firstMatchOf, rolloutTo } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, integer } from '../support/base.js';
import { createStoreWith, FLAG } from '../support/flags.js';

describe('staleFlags()', () => {
  const old = (flag: Feature, created_at = '2026-01-01'): Feature => ({
    ...flag,
    owner: { team: 'search', email: 'search@example.com' },
    created_at,
  });
  const condition = enabledWhen({ property: 'plan', operator: 'equals', value: 'x' });
  const none = enabledWhen({ property: 'plan', operator: 'equals', value: 'x' }, { rollout: 0 });
  const FLAGS: Readonly<Record<string, [Feature, 'on' | 'off' | undefined]>> = {
    on: [alwaysOn(), 'on'],
    'bucket-99-is-the-last': [rolloutTo(99), 'on'],
    'on-either-way': [firstMatchOf(condition, alwaysOn()), 'on'],
    'nobody-passes': [firstMatchOf(alwaysOn(), none), 'on'],
    disabled: [{ ...alwaysOn(), enabled: false }, 'off'],
    'no-segments': [{ ...alwaysOn(), segments: [] }, 'off'],
    'rollout-0': [firstMatchOf(none, rolloutTo(0)), 'off'],
    'off-either-way': [none, 'off'],
    'nobody-arrives': [firstMatchOf(rolloutTo(0), alwaysOn()), 'off'],
    half: [rolloutTo(50), undefined],
    'on-for-some': [condition, undefined],
    'off-for-some': [firstMatchOf(none, alwaysOn()), undefined],
  };

  it('staleFlags() returns the flags that evaluate the same for everyone', () => {
    const names = [...Object.keys(FLAGS), 'unset'].map((name) => `feature.${name}`);
    const store = createTestOptions({
      schemas: {
        relay: { version: '1.0', type: 'object', properties: { 'feature.x': FLAG } },
        seer: {
          version: '1.0',
          type: 'object',
          properties: { number: integer(1), ...Object.fromEntries(names.map((name) => [name, FLAG])) },
        },
      },
      values: {
        relay: { 'feature.x': old(alwaysOff(), '2026-01-01T12:00:00+02:00') },
        seer: Object.fromEntries(Object.entries(FLAGS).map(([name, [flag]]) => [`feature.${name}`, old(flag)])),
      },
    });
    const stale = store.staleFlags({ days: 30, now: new Date('2026-02-01T00:00:00Z') });
    expect(stale[0]).toEqual({
      namespace: 'relay',
      flag: 'x',
      state: 'off',
      owner: { team: 'search', email: 'search@example.com' },
      created_at: '2026-01-01T12:00:00+02:00',
    });
    const expected = Object.entries(FLAGS).flatMap(([flag, [, state]]) => (state === undefined ? [] : [[flag, state]]));
    expect(stale.slice(1).map(({ flag, state }) => [flag, state])).toEqual(expected);
  });

  it('staleFlags() returns only flags older than the given days', () => {
    const at = (created_at: string, days: number, now: string) =>
      createStoreWith(old(alwaysOn(), created_at)).staleFlags({ days, now: new Date(now) }).length;
    expect(at('2026-01-01', 30, '2026-01-31T00:00:00Z')).toBe(0);
    expect(at('2026-01-01', 30, '2026-01-31T00:00:00.001Z')).toBe(1);
    expect(at('2026-01-01T02:00:00+02:00', 30, '2026-01-31T00:00:00.001Z')).toBe(1);
    expect(at('2026-01-01T00:00:00-01:00', 30, '2026-01-31T00:59:59Z')).toBe(0);
    // An invalid date.
    expect(at('2026-02-30', 0, '2030-01-01T00:00:00Z')).toBe(0);
    expect(createStoreWith(old(alwaysOn(), '2020-01-01')).staleFlags({ days: 365 }).length).toBe(1);
    for (const days of [-1, Number.NaN, undefined as unknown as number]) {
      expect(() => createStoreWith(alwaysOn()).staleFlags({ days })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
  });

  it('staleFlags() uses the current values', async () => {
    const base = new Base({ seer: { 'feature.x': FLAG } });
    base.writeValues('seer', { 'feature.x': old(alwaysOn(), '2020-01-01') });
    const store = openOptions({ directory: base.directory, pollInterval: null });
    onTestFinished(() => store.close());
    expect(store.staleFlags({ days: 30 }).map(({ state }) => state)).toEqual(['on']);
    base.writeValues('seer', { 'feature.x': old(rolloutTo(5), '2020-01-01') });
    await store.refresh();
    expect(store.staleFlags({ days: 30 })).toEqual([]);
  });
});
