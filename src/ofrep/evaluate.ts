/** Evaluates flags of one generation for a client, which learns no more than answers and OpenFeature's reasons. */
import { FeatureReason } from '../features/evaluation.js';
import type { FeatureContext } from '../features/feature-context.js';
import type { FeatureChecker } from '../reading/feature-checker.js';
import type { FlagAnswer } from './answers.js';
import { CONTEXT_FAILED, type Failure, NOT_FOUND, NOT_READY } from './failures.js';

/** OpenFeature's reason for each of ours that is an answer: the reason that the OpenFeature provider gives, too. */
const REASONS: ReadonlyMap<FeatureReason, string> = new Map([
  [FeatureReason.SEGMENT_ON, 'TARGETING_MATCH'],
  [FeatureReason.SEGMENT_OFF, 'TARGETING_MATCH'],
  [FeatureReason.ROLLOUT_IN, 'SPLIT'],
  [FeatureReason.ROLLOUT_OUT, 'SPLIT'],
  [FeatureReason.NO_SEGMENT_MATCHED, 'DEFAULT'],
  // Off, as by `has`: a client whose default is true must not undo a kill switch.
  [FeatureReason.DISABLED, 'DISABLED'],
  [FeatureReason.NOT_SET, 'DEFAULT'],
]);

/** Evaluates one flag: the answer, or why there is none. Never throws. */
export function evaluateFlag(checker: FeatureChecker, key: string, context: FeatureContext): FlagAnswer | Failure {
  const evaluation = checker.evaluate(key, context);
  const reason = REASONS.get(evaluation.reason);
  if (reason !== undefined) return { key, value: evaluation.enabled, reason };
  if (evaluation.reason === FeatureReason.CONTEXT_FAILED) return CONTEXT_FAILED;
  return evaluation.reason === FeatureReason.NO_STORE ? NOT_READY : NOT_FOUND;
}

/** Whether `answer` is why there is no decision. */
export function isFailure(answer: FlagAnswer | Failure): answer is Failure {
  return 'errorCode' in answer;
}
