/**
 * Flags for tests, to be handed to `overrideOptions` or `createTestOptions`. Plain values: any thread may make them, and
 * whether a schema takes them (a rollout of 0 to 100, say) is checked where they are handed in.
 */
import type { Feature, FeatureCondition, FeatureSegment } from '../features/feature.js';

/** What a flag needs and a test does not care about. From before flags were hashed with their names. */
const ANY = { owner: { team: 'testing' }, created_at: '1970-01-01' } as const;

/**
 * A flag that is on for every context.
 *
 * @example overrideOptions('seer', { 'feature.rollout': alwaysOn() });
 */
export function alwaysOn(): Feature {
  return { ...ANY, segments: [segment('always-on', [], 100)] };
}

/** A flag that is off for every context. */
export function alwaysOff(): Feature {
  return { ...ANY, enabled: false, segments: [] };
}

/**
 * A flag that is on for a part of all contexts: those in the buckets from 0 to `percentage`.
 *
 * @param percentage an integer, 0 to 100
 * @example overrideOptions('seer', { 'feature.rollout': rolloutTo(50) });
 */
export function rolloutTo(percentage: number): Feature {
  return { ...ANY, segments: [segment('rollout', [], percentage)] };
}

/**
 * A flag that is on for contexts that meet a condition, or all of a list of them; with a rollout, for a part of those.
 *
 * @example
 * enabledWhen({ property: 'plan', operator: 'in', value: ['business', 'enterprise'] })
 * enabledWhen([inEurope, onBusinessPlan], { rollout: 10 })
 */
export function enabledWhen(
  conditions: FeatureCondition | readonly FeatureCondition[],
  { rollout = 100 }: { readonly rollout?: number } = {},
): Feature {
  const list: readonly FeatureCondition[] = isList(conditions) ? conditions : [conditions];
  return { ...ANY, segments: [segment('condition', list, rollout)] };
}

/**
 * One flag of several: of each in turn the segments are tried, and the first that matches decides.
 *
 * @example firstMatchOf(enabledWhen({ property: 'staff', operator: 'equals', value: true }), rolloutTo(10))
 */
export function firstMatchOf(...features: readonly Feature[]): Feature {
  const segments = features.flatMap((feature) => (feature.enabled === false ? [] : feature.segments));
  return { ...ANY, segments: segments.map((each, place) => ({ ...each, name: `${each.name}-${place + 1}` })) };
}

function segment(name: string, conditions: readonly FeatureCondition[], rollout: number): FeatureSegment {
  return { name, rollout, conditions };
}

function isList(conditions: FeatureCondition | readonly FeatureCondition[]): conditions is readonly FeatureCondition[] {
  return Array.isArray(conditions);
}
