/** The result of `evaluate()`: the answer and its reason. Types and messages only; any thread may import it. */
import type { OptionValue } from '../common/value.js';
import type { FeatureOperator } from './feature.js';
import type { ContextValue } from './feature-context.js';

/** Why a flag is on or off. `docs/flags.md` has a table of the reasons. */
export const FeatureReason = {
  /** This thread has no store, as before `init()`, or cannot read any values of it yet. */
  NO_STORE: 'NO_STORE',
  /** No schema declares the namespace. */
  UNKNOWN_NAMESPACE: 'UNKNOWN_NAMESPACE',
  /** The namespace's schema does not declare the flag. */
  UNKNOWN_FLAG: 'UNKNOWN_FLAG',
  /** The name is a plain option's, not a flag's. */
  NOT_A_FLAG: 'NOT_A_FLAG',
  /** The flag is declared, and no values file sets it. */
  NOT_SET: 'NOT_SET',
  /** The flag has `enabled: false`. */
  DISABLED: 'DISABLED',
  /** No segment's conditions all match. */
  NO_SEGMENT_MATCHED: 'NO_SEGMENT_MATCHED',
  /** The segment that matched has a rollout of 100. */
  SEGMENT_ON: 'SEGMENT_ON',
  /** The segment that matched has a rollout of 0. */
  SEGMENT_OFF: 'SEGMENT_OFF',
  /** The context's bucket is in the rollout of the segment that matched. */
  ROLLOUT_IN: 'ROLLOUT_IN',
  /** The context's bucket is not in that rollout. */
  ROLLOUT_OUT: 'ROLLOUT_OUT',
  /** The context threw when it was read. */
  CONTEXT_FAILED: 'CONTEXT_FAILED',
} as const;

/** One of the reasons in {@link FeatureReason}. */
export type FeatureReason = (typeof FeatureReason)[keyof typeof FeatureReason];

/** Each reason as a clause, for messages. */
export const REASON_TEXTS: Readonly<Record<FeatureReason, string>> = {
  [FeatureReason.NO_STORE]: 'this thread has no store, or cannot read it yet',
  [FeatureReason.UNKNOWN_NAMESPACE]: 'no schema declares the namespace',
  [FeatureReason.UNKNOWN_FLAG]: "the namespace's schema does not declare it",
  [FeatureReason.NOT_A_FLAG]: 'it is a plain option, not a flag',
  [FeatureReason.NOT_SET]: 'no values file sets it',
  [FeatureReason.DISABLED]: 'the flag is disabled',
  [FeatureReason.NO_SEGMENT_MATCHED]: 'no segment matches',
  [FeatureReason.SEGMENT_ON]: 'the matching segment includes everyone',
  [FeatureReason.SEGMENT_OFF]: 'the matching segment includes nobody',
  [FeatureReason.ROLLOUT_IN]: 'the bucket is in the rollout',
  [FeatureReason.ROLLOUT_OUT]: 'the bucket is not in the rollout',
  [FeatureReason.CONTEXT_FAILED]: 'the context threw when it was read',
};

/** The first condition of a segment that the context does not meet. */
export interface FailedCondition {
  /** The segment's name. */
  readonly segment: string;
  /** The property of the context that the condition tests. */
  readonly property: string;
  /** How the condition compares. */
  readonly operator: FeatureOperator;
  /** The condition's value, as in the values file. */
  readonly expected: OptionValue;
  /** The context's value, as the context has it; undefined if the property is missing. */
  readonly actual: ContextValue | undefined;
}

/** The result of `evaluate()`: whether a flag is on, and why. */
export interface FeatureEvaluation {
  /** What `has` returns. */
  readonly enabled: boolean;
  /** Why the flag is on or off. */
  readonly reason: FeatureReason;
  /** The name of the segment that decided; missing if none did. */
  readonly segment?: string;
  /** The rollout of that segment, 0 to 100. */
  readonly rollout?: number;
  /** The context's bucket, 0 to 99; missing if the decision did not need it. The flag is on if `bucket <= rollout`. */
  readonly bucket?: number;
  /** What the bucket follows from, such as `user_id:7`; missing if the decision did not need it. It may name a person. */
  readonly identity?: string;
  /** The first condition that failed, for each segment before the one that decided; missing if none failed. */
  readonly conditions?: readonly FailedCondition[];
}
