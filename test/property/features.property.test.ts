/** Tests random flags and contexts: `has` and `evaluate` agree, and each part of an evaluation's reason is true. */
import * as fc from 'fast-check';
import {
  type ContextData,
  type Feature,
  type FeatureCondition,
  FeatureContext,
  type FeatureEvaluation,
  FeatureReason,
} from 'sentry-options';
import { createTestOptions, overrideOptions } from 'sentry-options/testing';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../src/features/glob.js';
import { isGlobOf, isMet } from '../support/flag-rules.js';

// Few of each, so that contexts often meet conditions.
const property = fc.constantFrom('plan', 'id', 'tags', '__proto__', 'toString');
const text = fc.constantFrom('', 'a', 'A', 'ab', 'aB', 'STRASSE', 'straße', 'ΑΣ', 'ας', 'İ', '😀', '1');
const number = fc.constantFrom(0, 1, 2, -1, 0.5, 1e21, 1e-7, 2 ** 53 - 1);
const list = fc.oneof(fc.array(number, { maxLength: 12 }), fc.array(text, { maxLength: 12 }));
const glob = fc.array(fc.constantFrom('*', 'a', 'B', 'ß', 's', 'Σ'), { maxLength: 6 }).map((parts) => parts.join(''));

const condition = fc.oneof(
  fc.record({ property, operator: fc.constantFrom('in', 'not_in'), value: list }),
  fc.record({ property, operator: fc.constantFrom('contains', 'not_contains'), value: fc.oneof(number, text) }),
  fc.record({
    property,
    operator: fc.constantFrom('equals', 'not_equals'),
    value: fc.oneof(number, text, fc.boolean(), list),
  }),
  fc.record({ property, operator: fc.constantFrom('matches', 'not_matches'), value: fc.array(glob, { maxLength: 3 }) }),
) as fc.Arbitrary<FeatureCondition>;

const feature: fc.Arbitrary<Feature> = fc.record(
  {
    owner: fc.constant({ team: 'testing' }),
    created_at: fc.constantFrom('2024-01-01', '2026-10-06', '2027-02-30T10:00:00'),
    enabled: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    segments: fc
      .array(
        fc.record(
          {
            rollout: fc.oneof(fc.constantFrom(0, 99, 100), fc.nat(100)),
            conditions: fc.array(condition, { maxLength: 2 }),
          },
          { requiredKeys: ['conditions'] },
        ),
        { maxLength: 4 },
      )
      .map((segments) => segments.map((segment, place) => ({ ...segment, name: `segment-${place}` }))),
  },
  { requiredKeys: ['owner', 'created_at', 'segments'] },
);

const scalar = fc.oneof(text, number, fc.boolean(), fc.constantFrom(null, undefined, -0));
const value = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(fc.oneof(scalar, list), { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom({}, { a: 1 }) },
);
const data = fc
  .array(fc.tuple(property, value), { maxLength: 5 })
  // From entries, not by assignment: a property named `__proto__` is data.
  .map((entries) => Object.fromEntries(entries) as ContextData);
const identityFields = fc.option(fc.array(property, { maxLength: 3 }), { nil: undefined });

const FLAG = { $ref: '#/definitions/Feature' };

describe('FeatureChecker', () => {
  it('has returns what evaluate returns, and every claim of the evaluation is true', () => {
    const schema = { version: '1.0', type: 'object', properties: { 'feature.x': FLAG } };
    const store = createTestOptions({ schemas: { seer: schema }, install: true });
    const checker = store.features('seer');
    const reasons = new Map<FeatureReason, number>();
    fc.assert(
      fc.property(feature, data, identityFields, (flag, given, fields) => {
        const override = overrideOptions('seer', { 'feature.x': flag });
        try {
          const context = new FeatureContext(given, { identityFields: fields });
          const evaluation = checker.evaluate('x', context);
          expect(checker.has('x', context)).toBe(evaluation.enabled);
          // A context that was already used, and one that was not.
          expect(checker.has('x', new FeatureContext(given, { identityFields: fields }))).toBe(evaluation.enabled);
          if (fields === undefined) expect(checker.has('x', given)).toBe(evaluation.enabled);
          reasons.set(evaluation.reason, (reasons.get(evaluation.reason) ?? 0) + 1);
          check(evaluation, flag, given);
        } finally {
          override[Symbol.dispose]();
        }
      }),
      { numRuns: 3_000 },
    );
    return store.close().then(() => {
      // Every reason has occurred.
      const { NO_STORE, UNKNOWN_NAMESPACE, UNKNOWN_FLAG, NOT_A_FLAG, NOT_SET, CONTEXT_FAILED, ...evaluated } =
        FeatureReason;
      expect([...reasons.keys()].sort()).toEqual(Object.values(evaluated).sort());
    });
  });
});

/** Checks each claim of an evaluation by itself. */
function check(
  { enabled, reason, segment, rollout, bucket, conditions = [] }: FeatureEvaluation,
  flag: Feature,
  given: ContextData,
): void {
  if (flag.enabled === false) {
    expect({ enabled, reason }).toEqual({ enabled: false, reason: FeatureReason.DISABLED });
    return;
  }
  const decided = flag.segments.findIndex(({ name }) => name === segment);
  const tried = decided < 0 ? flag.segments : flag.segments.slice(0, decided);
  expect(conditions.map((failed) => failed.segment)).toEqual(tried.map(({ name }) => name));
  conditions.forEach((failed, place) => {
    const actual = Object.hasOwn(given, failed.property) ? given[failed.property] : undefined;
    expect(failed.actual).toBe(actual);
    const condition = {
      property: failed.property,
      operator: failed.operator,
      value: failed.expected,
    } as FeatureCondition;
    expect(isMet(condition, actual)).toBe(false);
    // The condition is the first of its segment that fails.
    const all = tried[place]?.conditions ?? [];
    const first = all.find((one) => !isMet(one, Object.hasOwn(given, one.property) ? given[one.property] : undefined));
    expect(first).toEqual(condition);
  });
  if (decided < 0) {
    expect({ enabled, reason, rollout, bucket }).toEqual({ enabled: false, reason: FeatureReason.NO_SEGMENT_MATCHED });
    return;
  }
  const deciding = flag.segments[decided];
  for (const condition of deciding?.conditions ?? []) {
    expect(isMet(condition, Object.hasOwn(given, condition.property) ? given[condition.property] : undefined)).toBe(
      true,
    );
  }
  expect(rollout).toBe(deciding?.rollout ?? 100);
  if (rollout === 100) expect({ enabled, reason, bucket }).toEqual({ enabled: true, reason: FeatureReason.SEGMENT_ON });
  else if (rollout === 0)
    expect({ enabled, reason, bucket }).toEqual({ enabled: false, reason: FeatureReason.SEGMENT_OFF });
  else {
    const isIn = (bucket ?? NaN) <= (rollout ?? NaN);
    expect({ enabled, reason }).toEqual({
      enabled: isIn,
      reason: isIn ? FeatureReason.ROLLOUT_IN : FeatureReason.ROLLOUT_OUT,
    });
  }
}

describe('compileGlob', () => {
  it('A glob matches what an exhaustive matcher matches', () => {
    const characters = fc.array(fc.constantFrom('a', 'b', '😀', '.', '['), { maxLength: 9 }).map((all) => all.join(''));
    const pattern = fc
      .array(fc.constantFrom('*', 'a', 'b', '😀', '.', '['), { maxLength: 7 })
      .map((all) => all.join(''));
    let matched = 0;
    fc.assert(
      fc.property(pattern, characters, (one, text) => {
        const isMatch = compileGlob(one)(text);
        if (isMatch) matched++;
        expect(isMatch).toBe(isGlobOf(one, text));
      }),
      { numRuns: 5_000 },
    );
    expect(matched).toBeGreaterThan(200);
  });
});
