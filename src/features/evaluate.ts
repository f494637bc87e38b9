/**
 * Evaluates a compiled flag. Two functions walk the same form: `decide` is the core of `has` and does nothing else, and
 * `explain` collects the reasons. A property test checks that they agree. Runs in readers; imports no store.
 */
import type { CompiledCondition, CompiledFlag, CompiledSegment } from './compile.js';
import { type FailedCondition, type FeatureEvaluation, FeatureReason } from './evaluation.js';
import type { FeatureContext } from './feature-context.js';

/** Whether `flag` is on for `context`. Throws whatever the context throws when it is read. */
export function decide(flag: CompiledFlag, context: FeatureContext): boolean {
  if (!flag.enabled) return false;
  for (const segment of flag.segments) {
    if (findFailedCondition(segment, context) !== undefined) continue;
    const { rollout } = segment;
    return rollout >= 100 || (rollout > 0 && context.bucket(flag) <= rollout);
  }
  return false;
}

/** Explains the decision of {@link decide}. Throws whatever the context throws when it is read. */
export function explain(flag: CompiledFlag, context: FeatureContext): FeatureEvaluation {
  if (flag.absence !== undefined) return { enabled: false, reason: flag.absence };
  if (!flag.enabled) return { enabled: false, reason: FeatureReason.DISABLED };
  const failed: FailedCondition[] = [];
  for (const segment of flag.segments) {
    const condition = findFailedCondition(segment, context);
    if (condition === undefined) return addFailed(explainRollout(segment, flag, context), failed);
    const { property, operator, value } = condition.source;
    failed.push({ segment: segment.name, property, operator, expected: value, actual: context.value(property) });
  }
  return addFailed({ enabled: false, reason: FeatureReason.NO_SEGMENT_MATCHED }, failed);
}

/** Finds the first condition of `segment` that the context does not meet; undefined if it meets all. */
function findFailedCondition({ conditions }: CompiledSegment, context: FeatureContext): CompiledCondition | undefined {
  for (const condition of conditions) {
    if (!condition.isMet(context.comparable(condition.property))) return condition;
  }
  return undefined;
}

function explainRollout(
  { name: segment, rollout }: CompiledSegment,
  flag: CompiledFlag,
  context: FeatureContext,
): FeatureEvaluation {
  if (rollout >= 100) return { enabled: true, reason: FeatureReason.SEGMENT_ON, segment, rollout };
  if (rollout === 0) return { enabled: false, reason: FeatureReason.SEGMENT_OFF, segment, rollout };
  const bucket = context.bucket(flag);
  // `<=` is intentional: a rollout of 1 includes the buckets 0 and 1.
  const enabled = bucket <= rollout;
  const reason = enabled ? FeatureReason.ROLLOUT_IN : FeatureReason.ROLLOUT_OUT;
  return { enabled, reason, segment, rollout, bucket, identity: context.identity() };
}

function addFailed(evaluation: FeatureEvaluation, conditions: readonly FailedCondition[]): FeatureEvaluation {
  return conditions.length > 0 ? { ...evaluation, conditions } : evaluation;
}
