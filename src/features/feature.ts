/** What a feature flag's value looks like, as the values file has it and `get('feature.x')` gives it. */

/** What the key of each flag begins with in schemas and values; `has` and its kin are given the name without it. */
export const FLAG_PREFIX = 'feature.';

/** How a condition compares. */
export type FeatureOperator = FeatureCondition['operator'];

type NumbersOrStrings = readonly number[] | readonly string[];

/**
 * One condition on one property of a context: how it compares (`operator`), and with what (`value`).
 *
 * Aliases, not interfaces: only these are an `OptionValue` as well.
 */
export type FeatureCondition = {
  /** For people; it changes nothing. */
  readonly name?: string;
  /** The name of the property. */
  readonly property: string;
} & (
  | { readonly operator: 'in' | 'not_in'; readonly value: NumbersOrStrings }
  | { readonly operator: 'contains' | 'not_contains'; readonly value: number | string }
  | { readonly operator: 'equals' | 'not_equals'; readonly value: number | string | boolean | NumbersOrStrings }
  | { readonly operator: 'matches' | 'not_matches'; readonly value: readonly string[] }
);

/** Whom a segment is about, and how many of them a flag is on for. */
export type FeatureSegment = {
  /** Named in evaluations. */
  readonly name: string;
  /** 0 to 100; 100 where it is left out. */
  readonly rollout?: number;
  /** All of them have to match. */
  readonly conditions: readonly FeatureCondition[];
};

/** Who is asked about a flag. */
export type FeatureOwner = {
  /** The name of the team, not empty. */
  readonly team: string;
  /** Where it is reached. */
  readonly email?: string | null;
};

/** A feature flag's value. */
export type Feature = {
  /** For people; it changes nothing. */
  readonly name?: string;
  /** Who is asked about it. */
  readonly owner: FeatureOwner;
  /** `YYYY-MM-DD`, or that and `THH:MM:SS`, with or without a fraction and an offset. */
  readonly created_at: string;
  /** True where it is left out. */
  readonly enabled?: boolean;
  /** For people; it changes nothing. */
  readonly description?: string;
  /** For tools that run experiments; it changes nothing here. */
  readonly experiment_mode?: 'simple' | null;
  /** The first one whose conditions all match decides. */
  readonly segments: readonly FeatureSegment[];
};
