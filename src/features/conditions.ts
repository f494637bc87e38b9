/** Conditions: each is compiled to one function, when its flag is first asked. Used by readers. */
import { type Comparable, type ComparableScalar, comparable, comparableScalar, MISSING, OBJECT } from './comparable.js';
import type { FeatureCondition } from './feature.js';
import { compileGlob } from './glob.js';

/** Whether a property of a context meets a condition. */
type Test = (actual: Comparable) => boolean;
/** The same, but undefined where the comparison cannot be made: such a condition is not met, negated or not. */
type Comparison = (actual: Comparable) => boolean | undefined;

/** From how many entries on a list is looked up by hash. */
const SET_FROM = 8;

/** What tells whether `condition` is met. */
export function compileCondition(condition: FeatureCondition): Test {
  switch (condition.operator) {
    case 'in':
      return met(isIn(condition.value));
    case 'not_in':
      return notMet(isIn(condition.value));
    case 'contains':
      return met(contains(condition.value));
    case 'not_contains':
      return notMet(contains(condition.value));
    case 'equals':
      return met(equals(condition.value));
    case 'not_equals':
      return notMet(equals(condition.value));
    case 'matches':
      return met(matches(condition.value));
    case 'not_matches':
      return notMet(matches(condition.value));
  }
}

function met(compare: Comparison): Test {
  return (actual) => compare(actual) === true;
}

function notMet(compare: Comparison): Test {
  return (actual) => compare(actual) === false;
}

/** A scalar is in the list, or a list has an entry that is. */
function isIn(list: readonly (number | string)[]): Comparison {
  const has = lookUp(list.map(comparableScalar));
  return (actual) => {
    if (actual === MISSING) return false;
    if (actual === OBJECT) return undefined;
    return isList(actual) ? actual.some(has) : has(actual);
  };
}

/** The context's list has the value. */
function contains(value: number | string): Comparison {
  const wanted = comparableScalar(value);
  return (actual) => (isList(actual) ? actual.includes(wanted) : undefined);
}

function equals(value: unknown): Comparison {
  const wanted = comparable(value);
  if (!isList(wanted)) return (actual) => actual === wanted;
  return (actual) =>
    isList(actual) && actual.length === wanted.length && actual.every((entry, index) => entry === wanted[index]);
}

/** A whole string is matched by one of the globs; any other scalar by none. */
function matches(patterns: readonly string[]): Comparison {
  const globs = patterns.map((pattern) => compileGlob(pattern.toLowerCase()));
  return (actual) => {
    if (typeof actual === 'string') return globs.some((matches) => matches(actual));
    return isList(actual) || actual === OBJECT ? undefined : false;
  };
}

function lookUp(list: readonly ComparableScalar[]): (value: ComparableScalar) => boolean {
  if (list.length < SET_FROM) return (value) => list.includes(value);
  const set = new Set(list);
  return (value) => set.has(value);
}

function isList(value: Comparable): value is readonly ComparableScalar[] {
  return typeof value === 'object';
}
