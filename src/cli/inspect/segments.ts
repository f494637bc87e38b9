/** Describes how each segment of a flag decided for a context, as lines. Pure. */
import type { FailedCondition, FeatureEvaluation } from '../../features/evaluation.js';
import type { FeatureOperator } from '../../features/feature.js';
import { shortenJson } from '../terminal/format.js';

/** A condition that failed. A process that shows no values sends neither of the two. */
type ShownCondition = Pick<FailedCondition, 'property' | 'operator'> & {
  readonly expected?: unknown;
  readonly actual?: unknown;
};

/** An evaluation, of this process or of another one. */
export type ShownEvaluation = Omit<FeatureEvaluation, 'conditions'> & {
  readonly conditions?: readonly ShownCondition[];
};

/** The names of a flag's segments. */
interface SegmentNames {
  readonly segments: readonly { readonly name: string }[];
}

/** Describes the segments in the order in which they are tried, a line for each: no match and why, match, not tried. */
export function describeSegments({ segments }: SegmentNames, evaluation: ShownEvaluation): readonly string[] {
  const { conditions = [] } = evaluation;
  return segments.map(({ name }, index) => {
    const failed = conditions[index];
    if (failed !== undefined) return `  ${name}: no match: ${describeFailure(failed)}`;
    const decides = evaluation.segment !== undefined && index === conditions.length;
    return `  ${name}: ${decides ? `match, ${describeRollout(evaluation)}` : 'not tried'}`;
  });
}

function describeFailure({ property, operator, expected, actual }: ShownCondition): string {
  if (expected === undefined) return `${property} ${EXPECTATIONS[operator]} what is not shown`;
  const found = actual === undefined ? 'it is missing' : `got ${shortenJson(toJson(actual))}`;
  return `${property} ${EXPECTATIONS[operator]} ${shortenJson(toJson(expected))}; ${found}`;
}

/** Formats JSON. An integer beyond ±(2^53 − 1) is a bigint, which `JSON.stringify` does not accept. */
function toJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${toJson(member)}`)}}`;
}

function describeRollout({ rollout = 100, bucket, enabled }: ShownEvaluation): string {
  if (bucket === undefined) return `rollout ${rollout}%`;
  return `rollout ${rollout}%, bucket ${bucket} is ${enabled ? 'in' : 'out'}`;
}

/** The expectation of each operator, between the property's name and the condition's value. */
const EXPECTATIONS: Readonly<Record<FeatureOperator, string>> = {
  in: 'must be in',
  not_in: 'must not be in',
  contains: 'must be a list that contains',
  not_contains: 'must be a list without',
  equals: 'must equal',
  not_equals: 'must not equal',
  matches: 'must match one of',
  not_matches: 'must match none of',
};
