/** Summarizes flags, reads the form that asks about one, and follows how an answer came about. Pure. */
import type { OptionValue } from '../../../src/common/value.js';
import type { ConditionAnswer, ExplainAnswer } from '../../../src/status/answers.js';
import { count } from './format.js';
import { escapeInvisible, truncate } from './text.js';

/** The prefix of each flag's key. Questions take the name without it. */
export const FLAG_PREFIX = 'feature.';

/** The parts of a flag's value that the page reads. The value comes from a file, so each may be anything. */
interface FlagValue {
  readonly enabled?: unknown;
  readonly segments?: unknown;
}

interface SegmentValue {
  readonly name?: unknown;
  readonly rollout?: unknown;
  readonly conditions?: unknown;
}

/** Describes whom a flag is on for, in a few words. */
export function summarizeFlag(value: OptionValue | undefined): string {
  const { enabled, segments } = readFlag(value);
  if (enabled === false) return 'disabled';
  const list = readSegments(segments);
  if (list.length === 0) return 'off: no segments';
  const [first] = list;
  if (first && first.conditions.length === 0 && first.rollout >= 100) return 'on for everyone';
  const parts = list.slice(0, 3).map(({ name, rollout }) => `${truncate(name, 40)} ${rollout} %`);
  return escapeInvisible(parts.join(', ') + (list.length > 3 ? ` and ${list.length - 3} more` : ''));
}

/** Lists the properties of a context that a flag's conditions compare. */
export function listProperties(value: OptionValue | undefined): string[] {
  const names = readSegments(readFlag(value).segments)
    .flatMap(({ conditions }) => conditions)
    .map((condition) => (typeof condition === 'object' && condition !== null ? condition : {}))
    .map((condition) => (condition as { readonly property?: unknown }).property);
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

function readFlag(value: OptionValue | undefined): FlagValue {
  return typeof value === 'object' && value !== null ? (value as FlagValue) : {};
}

function readSegments(segments: unknown): { name: string; rollout: number; conditions: readonly unknown[] }[] {
  if (!Array.isArray(segments)) return [];
  return segments.map((segment: SegmentValue | null) => ({
    name: String(segment?.name ?? ''),
    rollout: typeof segment?.rollout === 'number' ? segment.rollout : 100,
    conditions: Array.isArray(segment?.conditions) ? segment.conditions : [],
  }));
}

/** Reads the context of the form. Throws an error that says what to correct. */
export function parseContext(text: string): object {
  if (text.trim() === '') return {};
  let context: unknown;
  try {
    context = JSON.parse(text);
  } catch (error) {
    throw new Error(`The context is not valid JSON: ${(error as Error).message}`);
  }
  if (typeof context !== 'object' || context === null || Array.isArray(context)) {
    throw new Error('The context must be a JSON object, such as { "user_id": 42 }.');
  }
  return context;
}

/** Reads names that are separated by commas or spaces; undefined if there are none. */
export function parseIdentityFields(text: string): string[] | undefined {
  const names = text.split(/[\s,]+/).filter(Boolean);
  return names.length === 0 ? undefined : names;
}

/** One segment of a flag, as the evaluation passed it. */
export interface Step {
  readonly name: string;
  readonly rollout: number;
  /** How many conditions it has. */
  readonly conditions: number;
  readonly outcome: 'failed' | 'on' | 'off' | 'untried';
  /** The condition that failed. */
  readonly failed?: ConditionAnswer;
}

/** Lists a flag's segments in the order in which they were tried, up to the one that decided, and after it. */
export function listSteps({ segments, conditions = [], segment, enabled }: ExplainAnswer): Step[] {
  // One condition for each segment before the one that decided: two segments may have the same name.
  const decided = segment === undefined ? -1 : conditions.length;
  return segments.map((each, index) => {
    const failed = conditions[index];
    if (failed !== undefined) return { ...each, outcome: 'failed', failed };
    return { ...each, outcome: index === decided ? (enabled ? 'on' : 'off') : 'untried' };
  });
}

/** Formats the name of an operator in words. */
export function describeOperator(operator: string): string {
  return operator.replaceAll('_', ' ');
}

/** Describes a segment that the evaluation passed. */
export function describeStep({ conditions, rollout }: Step): string {
  return `${conditions === 0 ? 'everyone' : count(conditions, 'condition')}, rollout ${rollout} %`;
}
