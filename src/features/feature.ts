/**
 * The type of a feature flag's value, as in the values file and as `get('feature.x')` returns it, and its optional
 * fields. Pure.
 */

/** The prefix of each flag's key in schemas and values. `has` and `evaluate` take the name without it. */
export const FLAG_PREFIX = 'feature.';

/** How a condition compares a property with its value. */
export type FeatureOperator = FeatureCondition['operator'];

type NumbersOrStrings = readonly number[] | readonly string[];

/**
 * One condition on one property of a context: how to compare (`operator`), and with what (`value`).
 *
 * A type alias, as the types below, not an interface: only aliases are assignable to `OptionValue`, too.
 */
export type FeatureCondition = {
  /** For humans. Does not affect evaluation. */
  readonly name?: string;
  /** The name of the context's property. */
  readonly property: string;
} & (
  | { readonly operator: 'in' | 'not_in'; readonly value: NumbersOrStrings }
  | { readonly operator: 'contains' | 'not_contains'; readonly value: number | string }
  | { readonly operator: 'equals' | 'not_equals'; readonly value: number | string | boolean | NumbersOrStrings }
  | { readonly operator: 'matches' | 'not_matches'; readonly value: readonly string[] }
);

/** The contexts that a segment matches, and the share of them that a flag is on for. */
export type FeatureSegment = {
  /** The segment's name, not empty. Evaluations name it. */
  readonly name: string;
  /** 0 (nobody) to 100 (everyone): the flag is on for the buckets up to this number. Default: 100. */
  readonly rollout?: number;
  /** The conditions. All must match. */
  readonly conditions: readonly FeatureCondition[];
};

/** The team that owns a flag. */
export type FeatureOwner = {
  /** The team's name, not empty. */
  readonly team: string;
  /** The team's email address. */
  readonly email?: string | null;
};

/** A feature flag's value. */
export type Feature = {
  /** For humans. Does not affect evaluation. */
  readonly name?: string;
  /** The team that owns the flag. */
  readonly owner: FeatureOwner;
  /** `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`, the latter with an optional fraction and an optional offset. */
  readonly created_at: string;
  /** Whether the flag can be on at all. Default: true. */
  readonly enabled?: boolean;
  /** For humans. Does not affect evaluation. */
  readonly description?: string;
  /** For tools that run experiments. Does not affect evaluation. */
  readonly experiment_mode?: 'simple' | null;
  /** The segments, in the order in which they are tried. The first one whose conditions all match decides. */
  readonly segments: readonly FeatureSegment[];
};

/** Whether a declared type is that of feature flags. */
export type IsFlag<V> = [V] extends [Feature] ? ([Feature] extends [V] ? true : false) : false;

/** The rollout of a segment that states none: everyone. */
const EVERYONE = 100;

/** Whether the flag can be on at all. Reads only an own property: other code may have changed `Object.prototype`. */
export function isEnabled(feature: Feature): boolean {
  return Object.hasOwn(feature, 'enabled') ? feature.enabled !== false : true;
}

/** Returns the rollout of a segment, 0 to 100. Reads only an own property, as {@link isEnabled} does. */
export function getRollout(segment: FeatureSegment): number {
  return (Object.hasOwn(segment, 'rollout') ? segment.rollout : undefined) ?? EVERYONE;
}
