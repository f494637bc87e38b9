/** Tests the evaluation of flags for any context, valid or not, and what an evaluation reports. */
import { createHash } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ContextData,
  type ContextValue,
  type Feature,
  FeatureContext,
  FeatureReason,
  type Logger,
  openOptions,
} from 'sentry-options';
import { alwaysOn, createTestOptions, enabledWhen, firstMatchOf, rolloutTo } from 'sentry-options/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base, temporaryDirectory } from '../support/base.js';
import { createStoreWith, FLAG } from '../support/flags.js';

const QUIET: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const ON_BUSINESS = enabledWhen({ property: 'plan', operator: 'in', value: ['Business', 'enterprise'] });

describe('FeatureContext', () => {
  const failing = {
    get plan(): string {
      throw new Error('no database');
    },
  };

  it('has() never throws, whatever the context is', () => {
    const lines: string[] = [];
    const logger: Logger = { ...QUIET, debug: (message) => lines.push(message) };
    const base = new Base({ seer: { 'feature.x': FLAG } });
    base.writeValues('seer', { 'feature.x': ON_BUSINESS });
    const store = openOptions({ directory: base.directory, pollInterval: null, logger });
    onTestFinished(() => store.close());
    lines.length = 0;
    const checker = store.features('seer');
    const cyclic: Record<string, unknown> = { a: 1 };
    cyclic.self = cyclic;
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const nullPrototype = Object.assign(Object.create(null), { plan: 'business' });
    const contexts: [unknown, boolean][] = [
      ...[
        undefined,
        null,
        0,
        1n,
        'plan',
        Symbol('plan'),
        () => 'plan',
        [],
        ['plan'],
        new Map([['plan', 'business']]),
      ].map((context) => [context, false] as [unknown, boolean]),
      [{ plan: Symbol('business') }, false],
      [{ plan: () => 'business' }, false],
      [Object.create({ plan: 'business' }), false],
      [nullPrototype, true],
      [{ plan: ['x', 'BUSINESS'] }, true],
      [failing, false],
      [new FeatureContext(failing), false],
      [proxy, false],
      [cyclic, false],
    ];
    for (const [context, expected] of contexts) {
      expect(checker.has('x', context as FeatureContext)).toBe(expected);
      expect(checker.evaluate('x', context as FeatureContext).enabled).toBe(expected);
    }
    expect(checker.evaluate('x', failing)).toEqual({ enabled: false, reason: FeatureReason.CONTEXT_FAILED });
    expect(lines).toEqual(["The flag 'x' of namespace 'seer' is off: its context threw Error: no database."]);
    const rollout = createStoreWith(rolloutTo(50)).features('seer');
    expect(rollout.evaluate('x', cyclic as ContextData)).toEqual({
      enabled: false,
      reason: FeatureReason.CONTEXT_FAILED,
    });
  });

  it('A context reads its data once, however often it is evaluated', () => {
    let reads = 0;
    const data = {
      get plan() {
        reads++;
        return 'business';
      },
    };
    const store = createStoreWith(
      firstMatchOf(enabledWhen({ property: 'plan', operator: 'not_in', value: ['business'] }), rolloutTo(50)),
    );
    const context = new FeatureContext(data);
    const first = store.features('seer').has('x', context);
    const afterFirst = reads;
    for (let time = 0; time < 10; time++) expect(store.features('seer').has('x', context)).toBe(first);
    expect(reads).toBe(afterFirst);
  });

  it('A context from another copy of the library works too', async () => {
    const directory = temporaryDirectory();
    cpSync(new URL('../../dist', import.meta.url), directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
    const other = (await import(join(directory, 'index.js'))) as typeof import('sentry-options');
    expect(other.FeatureContext).not.toBe(FeatureContext);
    const flag = firstMatchOf(
      enabledWhen({ property: 'object', operator: 'not_in', value: [1] }),
      enabledWhen({ property: 'plan', operator: 'equals', value: 'BUSINESS' }, { rollout: 50 }),
    );
    const checker = createStoreWith(flag).features('seer');
    const data = { object: {}, plan: 'business', id: 1 };
    for (const identityFields of [['id'], ['plan'], undefined]) {
      const foreign = new other.FeatureContext(data, { identityFields });
      expect(checker.evaluate('x', foreign)).toEqual(
        checker.evaluate('x', new FeatureContext(data, { identityFields })),
      );
      expect(checker.evaluate('x', foreign).bucket).toBeDefined();
    }
  });

  it('The constructor rejects identity fields that are not a list of strings', () => {
    for (const identityFields of ['id', [1], null, {}] as unknown as string[][]) {
      expect(() => new FeatureContext({ id: 1 }, { identityFields })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', key: 'identityFields' }),
      );
    }
  });
});

describe('numbers in an identity', () => {
  const hashToBucket = (text: string) =>
    Number(BigInt(`0x${createHash('sha1').update(text).digest('hex')}`) % 10n ** 9n) % 100;
  const checker = createStoreWith(rolloutTo(50)).features('seer');
  const computeBucket = (value: ContextValue) => checker.evaluate('x', { id: value }).bucket;

  it('A safe integer in an identity is an integer', () => {
    expect(computeBucket(42)).toBe(hashToBucket('id:42'));
    expect(computeBucket(2 ** 53 - 1)).toBe(hashToBucket('id:9007199254740991'));
    expect(computeBucket(2 ** 53)).toBe(hashToBucket('id:9007199254740992.0'));
    expect(computeBucket(2n ** 53n)).toBe(hashToBucket('id:9007199254740992'));
    expect(hashToBucket('id:9007199254740992')).not.toBe(hashToBucket('id:9007199254740992.0'));
  });

  it('A bigint in an identity keeps all digits', () => {
    expect(computeBucket(10n ** 30n + 1n)).toBe(hashToBucket(`id:1${'0'.repeat(29)}1`));
  });

  it('NaN and infinities in an identity are null', () => {
    for (const number of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(computeBucket(number)).toBe(hashToBucket('id:None'));
    }
  });
});

describe('evaluate()', () => {
  it('evaluate() reports the deciding segment, its rollout and bucket, and the failed conditions', () => {
    const flag: Feature = {
      ...alwaysOn(),
      segments: [
        {
          name: 'staff',
          conditions: [
            { property: 'plan', operator: 'not_in', value: ['free'] },
            { property: 'staff', operator: 'equals', value: true },
          ],
        },
        { name: 'tagged', conditions: [{ property: 'tags', operator: 'contains', value: 'beta' }] },
        { name: 'everyone', rollout: 59, conditions: [] },
      ],
    };
    const checker = createStoreWith(flag).features('seer');
    const context = new FeatureContext({ a: 1, plan: 'team', tags: ['alpha'] }, { identityFields: ['a'] });
    const conditions = [
      { segment: 'staff', property: 'staff', operator: 'equals', expected: true, actual: undefined },
      { segment: 'tagged', property: 'tags', operator: 'contains', expected: 'beta', actual: ['alpha'] },
    ];
    // SHA-1 of `a:1` as an integer, modulo 10^9 and modulo 100, is 59; a bucket equal to the rollout is included.
    expect(checker.evaluate('x', context)).toEqual({
      enabled: true,
      reason: FeatureReason.ROLLOUT_IN,
      segment: 'everyone',
      rollout: 59,
      bucket: 59,
      identity: 'a:1',
      conditions,
    });
    expect(checker.evaluate('x', { staff: true })).toEqual({
      enabled: true,
      reason: FeatureReason.SEGMENT_ON,
      segment: 'staff',
      rollout: 100,
    });
  });
});

describe('a rollout', () => {
  it('A rollout of p includes p + 1 of 100 identities and keeps them as it grows', () => {
    const rollouts = [0, 1, 5, 10, 25, 50, 75, 90, 98, 99, 100];
    const names = rollouts.map((rollout) => `to-${rollout}`);
    const flags = rollouts.map((rollout) => [`feature.to-${rollout}`, rolloutTo(rollout)]);
    const store = createTestOptions({
      schemas: {
        seer: { version: '1.0', type: 'object', properties: Object.fromEntries(flags.map(([key]) => [key, FLAG])) },
      },
      values: { seer: Object.fromEntries(flags) },
    });
    const checker = store.features('seer');
    const identities = 100_000;
    const counts = rollouts.map(() => 0);
    for (let id = 0; id < identities; id++) {
      const context = new FeatureContext({ organization_id: id }, { identityFields: ['organization_id'] });
      let wasIn = false;
      names.forEach((name, place) => {
        const isIn = checker.has(name, context);
        if (isIn) counts[place] = (counts[place] ?? 0) + 1;
        if (wasIn && !isIn) throw new Error(`${id} is excluded again at ${name}`);
        wasIn = isIn;
      });
    }
    console.log(rollouts.map((rollout, place) => `${rollout} %: ${counts[place]}`).join(', '));
    rollouts.forEach((rollout, place) => {
      const part = rollout === 0 ? 0 : Math.min(rollout + 1, 100) / 100;
      // Four standard deviations; the identities are constant, so the result does not vary between runs.
      const chance = 4 * Math.sqrt(identities * part * (1 - part));
      expect(Math.abs((counts[place] ?? 0) - identities * part)).toBeLessThanOrEqual(chance);
    });
  });
});
