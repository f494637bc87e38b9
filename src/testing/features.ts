/**
 * Flags for tests, as values for `overrideOptions` and `createTestOptions`, which validate them (for example, that a
 * rollout is 0 to 100). Pure; any thread may make them.
 */
import { ConfigError } from '../common/errors.js';
import { readSettings } from '../common/settings.js';
import { describeKind, isArray } from '../common/value.js';
import { type Feature, type FeatureCondition, type FeatureSegment, isEnabled } from '../features/feature.js';

/** Required fields that do not matter to a test. The date precedes the flags that are hashed with their names. */
const ANY = { owner: { team: 'testing' }, created_at: '1970-01-01' } as const;

/**
 * Makes a flag that is on for every context.
 *
 * @example overrideOptions('seer', { 'feature.rollout': alwaysOn() });
 */
export function alwaysOn(): Feature {
  return { ...ANY, segments: [segment('always-on', [], 100)] };
}

/**
 * Makes a flag that is off for every context.
 *
 * @example overrideOptions('seer', { 'feature.rollout': alwaysOff() });
 */
export function alwaysOff(): Feature {
  // Not disabled: OpenFeature returns the caller's default for a disabled flag, which may be true.
  return { ...ANY, segments: [] };
}

/**
 * Makes a flag that is on for a share of all contexts: those in the buckets from 0 to `percentage`.
 *
 * @param percentage an integer, 0 to 100
 * @example overrideOptions('seer', { 'feature.rollout': rolloutTo(50) });
 */
export function rolloutTo(percentage: number): Feature {
  return { ...ANY, segments: [segment('rollout', [], percentage)] };
}

/**
 * Makes a flag that is on for contexts that meet a condition, or all of several conditions.
 *
 * @param conditions one condition, or an array of conditions that must all match
 * @param options `rollout`: the rollout among the matching contexts, an integer, 0 to 100. Default: 100
 * @example
 * enabledWhen({ property: 'plan', operator: 'in', value: ['business', 'enterprise'] })
 * enabledWhen([inEurope, onBusinessPlan], { rollout: 10 })
 */
export function enabledWhen(
  conditions: FeatureCondition | readonly FeatureCondition[],
  options: { readonly rollout?: number } = {},
): Feature {
  const { rollout = 100 } = readSettings<typeof options>('The options of enabledWhen()', options, ['rollout']);
  const list: readonly FeatureCondition[] = isList(conditions) ? conditions : [conditions];
  return { ...ANY, segments: [segment('condition', list, rollout)] };
}

/**
 * Combines several flags into one: tries the segments of each flag in turn, and the first match decides.
 *
 * @example firstMatchOf(enabledWhen({ property: 'staff', operator: 'equals', value: true }), rolloutTo(10))
 */
export function firstMatchOf(...features: readonly Feature[]): Feature {
  const segments = features.map(requireFeature).flatMap((feature) => (isEnabled(feature) ? feature.segments : []));
  return { ...ANY, segments: segments.map((each, place) => ({ ...each, name: `${each.name}-${place + 1}` })) };
}

function requireFeature(feature: unknown): Feature {
  try {
    if (isArray((feature as Feature).segments)) return feature as Feature;
  } catch {
    // Undefined or null, or a getter or a proxy that throws.
  }
  throw new ConfigError(`firstMatchOf() must get flags; got ${describeKind(feature)}.`);
}

function segment(name: string, conditions: readonly FeatureCondition[], rollout: number): FeatureSegment {
  return { name, rollout, conditions };
}

function isList(conditions: FeatureCondition | readonly FeatureCondition[]): conditions is readonly FeatureCondition[] {
  return Array.isArray(conditions);
}
