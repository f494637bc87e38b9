/** What `evaluate()` says: the answer, and how it came about. */
import type { OptionValue } from '../common/value.js';
import type { FeatureOperator } from './feature.js';
import type { ContextValue } from './feature-context.js';

/** Why a flag is on or off. `docs/flags.md` has a table of them. */
export const FeatureReason = {
  /** This thread has no store: `init()` has not been called yet. */
  NO_STORE: 'NO_STORE',
  /** No schema declares the namespace. */
  UNKNOWN_NAMESPACE: 'UNKNOWN_NAMESPACE',
  /** The namespace's schema does not declare the flag. */
  UNKNOWN_FLAG: 'UNKNOWN_FLAG',
  /** The name is that of a plain option. */
  NOT_A_FLAG: 'NOT_A_FLAG',
  /** The flag is declared, and no values file sets it. */
  NOT_SET: 'NOT_SET',
  /** The flag says `enabled: false`. */
  DISABLED: 'DISABLED',
  /** There is no segment all of whose conditions the context meets. */
  NO_SEGMENT_MATCHED: 'NO_SEGMENT_MATCHED',
  /** The segment that matched lets in everyone. */
  SEGMENT_ON: 'SEGMENT_ON',
  /** The segment that matched has a rollout of 0. */
  SEGMENT_OFF: 'SEGMENT_OFF',
  /** The context's bucket is in the rollout of the segment that matched. */
  ROLLOUT_IN: 'ROLLOUT_IN',
  /** It is not. */
  ROLLOUT_OUT: 'ROLLOUT_OUT',
  /** The context threw when it was read. */
  CONTEXT_FAILED: 'CONTEXT_FAILED',
} as const;

export type FeatureReason = (typeof FeatureReason)[keyof typeof FeatureReason];

/** Each reason in words, as the end of a sentence. */
export const REASON_TEXTS: Readonly<Record<FeatureReason, string>> = {
  [FeatureReason.NO_STORE]: 'this thread has no store',
  [FeatureReason.UNKNOWN_NAMESPACE]: 'no schema declares the namespace',
  [FeatureReason.UNKNOWN_FLAG]: "the namespace's schema does not declare it",
  [FeatureReason.NOT_A_FLAG]: 'it is a plain option, not a flag',
  [FeatureReason.NOT_SET]: 'no values file sets it',
  [FeatureReason.DISABLED]: 'it is disabled as a whole',
  [FeatureReason.NO_SEGMENT_MATCHED]: 'no segment matches',
  [FeatureReason.SEGMENT_ON]: 'the segment that matches lets everyone in',
  [FeatureReason.SEGMENT_OFF]: 'the segment that matches lets nobody in',
  [FeatureReason.ROLLOUT_IN]: 'the bucket is in the rollout',
  [FeatureReason.ROLLOUT_OUT]: 'the bucket is not in the rollout',
  [FeatureReason.CONTEXT_FAILED]: 'the context cannot be read',
};

/** The condition that a segment failed by. */
export interface FailedCondition {
  /** The segment's name. */
  readonly segment: string;
  /** The property of the context that the condition is about. */
  readonly property: string;
  /** How it compares. */
  readonly operator: FeatureOperator;
  /** What the condition says, as in the values file. */
  readonly expected: OptionValue;
  /** What the context has, as it is there; undefined where it has nothing. */
  readonly actual: ContextValue | undefined;
}

/** An answer, and how it came about. */
export interface FeatureEvaluation {
  /** What `has` says. */
  readonly enabled: boolean;
  /** Why. */
  readonly reason: FeatureReason;
  /** The name of the segment that decided. */
  readonly segment?: string;
  /** That segment's rollout, 0 to 100. */
  readonly rollout?: number;
  /** The context's bucket, 0 to 99, where it was needed: in, where it is not above the rollout. */
  readonly bucket?: number;
  /** For each segment that was tried before, the first condition that failed. */
  readonly conditions?: readonly FailedCondition[];
}
