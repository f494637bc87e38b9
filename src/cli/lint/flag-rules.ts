/** The rules for one flag: what its conditions, rollouts and segments amount to. Pure. */
import { truncate } from '../../common/text.js';
import { parseCreatedAt } from '../../features/created-at.js';
import { type Feature, type FeatureCondition, type FeatureSegment, getRollout } from '../../features/feature.js';
import type { OptionFinding } from './findings.js';

/** How much of a value a message quotes. */
const MAX_LENGTH = 50;

const DAY_MS = 86_400_000;

/** Finds what is odd in a flag. */
export function findInFlag(feature: Feature, now: number): readonly OptionFinding[] {
  return [...findInTime(feature, now), ...findInSegments(feature)];
}

/** Finds a `created_at` that no flag can have. */
function findInTime({ created_at }: Feature, now: number): readonly OptionFinding[] {
  const createdAt = parseCreatedAt(created_at);
  // A date may be that of another time zone.
  if (createdAt !== undefined && createdAt <= now + DAY_MS) return [];
  const what = createdAt === undefined ? 'which no calendar has' : 'which is in the future';
  const message = `created_at is ${created_at}, ${what}: write the day on which the flag was added`;
  return [{ severity: 'warning', code: 'created-at-impossible', message, path: ['created_at'] }];
}

function findInSegments({ segments }: Feature): readonly OptionFinding[] {
  const findings: OptionFinding[] = [];
  /** The first segment that decides for everybody who gets there. */
  let last: FeatureSegment | undefined;
  const earlier = new Map<string, string>();
  for (const [index, segment] of segments.entries()) {
    const path = ['segments', String(index)];
    const quoted = `Segment '${segment.name}'`;
    const add = (finding: Omit<OptionFinding, 'path'>, ...steps: readonly string[]): void => {
      findings.push({ ...finding, path: [...path, ...steps] });
    };
    if (last !== undefined) {
      // One finding for all that follow: the cause is one.
      const rest = segments.length - index - 1;
      const behind = rest === 0 ? '' : `, nor ${rest === 1 ? 'is the one' : `are the ${rest}`} after it`;
      const message = `${quoted} is never reached${behind}: segment '${last.name}' before it decides for everybody`;
      add({ severity: 'warning', code: 'unreachable', message });
      break;
    }
    for (const [at, condition] of segment.conditions.entries()) {
      if (comparesWholeList(condition)) {
        const { operator, property, value } = condition;
        const meant = operator === 'equals' ? 'in' : 'not_in';
        const message = `The condition of '${property}' in segment '${segment.name}' compares with a list of ${(value as readonly unknown[]).length} as a whole: \`${operator}\` looks for the same list in the context. If each entry is meant, write \`${meant}\``;
        add({ severity: 'warning', code: 'equals-list', message }, 'conditions', String(at), 'operator');
        continue;
      }
      const text = findGlob(condition);
      if (text === undefined) continue;
      const { operator, property } = condition;
      const message = `The condition of '${property}' in segment '${segment.name}' compares with ${JSON.stringify(truncate(text, MAX_LENGTH))} as it is: in \`${operator}\`, \`*\` is a character like any other. Globs need \`${operator.startsWith('not_') ? 'not_matches' : 'matches'}\``;
      add({ severity: 'warning', code: 'not-a-glob', message }, 'conditions', String(at), 'value');
    }
    const verdicts = segment.conditions.map(judgeCondition);
    for (const [at, verdict] of verdicts.entries()) {
      if (verdict === undefined) continue;
      const { operator, property } = segment.conditions[at] as FeatureCondition;
      const end = verdict ? 'so it can be removed' : 'so the segment matches nobody';
      const message = `The condition of '${property}' in segment '${segment.name}' is always ${verdict}: \`${operator}\` of an empty list, ${end}`;
      add({ severity: 'warning', code: verdict ? 'always-true' : 'always-false', message }, 'conditions', String(at));
    }
    const same = earlier.get(JSON.stringify(segment.conditions));
    if (same !== undefined && segment.conditions.length > 0) {
      const message = `${quoted} is never reached: segment '${same}' before it has the same conditions`;
      add({ severity: 'warning', code: 'unreachable', message });
      continue;
    }
    earlier.set(JSON.stringify(segment.conditions), segment.name);
    findInRollout(segment, index === segments.length - 1, add);
    if (segment.conditions.every((_, at) => verdicts[at] === true)) last = segment;
  }
  return findings;
}

function findInRollout(
  segment: FeatureSegment,
  isLast: boolean,
  add: (finding: Omit<OptionFinding, 'path'>, ...steps: readonly string[]) => void,
): void {
  const rollout = getRollout(segment);
  const { name, conditions } = segment;
  if (rollout === 99) {
    const message = `The rollout of segment '${name}' is 99: one of a hundred is left out. Write 100, if everybody is meant`;
    add({ severity: 'warning', code: 'rollout-99', message }, 'rollout');
  }
  if (rollout === 0) {
    const message = isLast
      ? `Segment '${name}' lets in nobody, and is the last one: without it, nothing changes`
      : `Segment '${name}' lets in nobody, and keeps its contexts from the segments after it`;
    add({ severity: isLast ? 'warning' : 'note', code: 'rollout-0', message }, 'rollout');
  }
  // Before others, the finding that those are never reached says it.
  if (isLast && rollout === 100 && conditions.length === 0) {
    const message = `Segment '${name}' has no conditions, and a rollout of 100: it lets in everybody who gets there`;
    add({ severity: 'note', code: 'no-conditions', message }, 'conditions');
  }
}

/** Whether a condition is about a list that has exactly these entries. People who write it mostly mean one of them. */
function comparesWholeList({ operator, value }: FeatureCondition): boolean {
  return (operator === 'equals' || operator === 'not_equals') && Array.isArray(value) && value.length > 0;
}

/** Returns a text with `*` that an operator without globs compares with; undefined if there is none. */
function findGlob({ operator, value }: FeatureCondition): string | undefined {
  if (operator === 'matches' || operator === 'not_matches') return undefined;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.find((each): each is string => typeof each === 'string' && each.includes('*'));
}

/** Whether the condition is the same for every context; undefined if it depends. See `src/features/conditions.ts`. */
function judgeCondition({ operator, value }: FeatureCondition): boolean | undefined {
  if (!Array.isArray(value) || value.length > 0) return undefined;
  if (operator === 'in' || operator === 'matches') return false;
  return operator === 'not_in' || operator === 'not_matches' ? true : undefined;
}
