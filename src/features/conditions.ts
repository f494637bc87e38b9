/** Conditions: each is compiled to one function, when its flag is first asked. Used by readers. */
import { type Comparable, type ComparableScalar, OBJECT, toComparable, toComparableScalar } from './comparable.js';
import type { FeatureCondition } from './feature.js';
import { compileGlob } from './glob.js';

/** Whether a property of a context meets a condition. One call, and none inside for `in`: this is the path of `has`. */
type Test = (actual: Comparable) => boolean;

/** What tells whether `condition` is met. */
export function compileCondition(condition: FeatureCondition): Test {
  switch (condition.operator) {
    case 'in':
      return isIn(condition.value);
    case 'not_in':
      return negate(isIn(condition.value), isNoObject);
    case 'contains':
      return contains(condition.value);
    case 'not_contains':
      return negate(contains(condition.value), isList);
    case 'equals':
      return equals(condition.value);
    case 'not_equals':
      return negate(equals(condition.value), () => true);
    case 'matches':
      return matches(condition.value);
    case 'not_matches':
      return negate(matches(condition.value), isNoListOrObject);
  }
}

/** A comparison that cannot be made at all is not met, negated or not. */
function negate(test: Test, canBeMade: Test): Test {
  return (actual) => canBeMade(actual) && !test(actual);
}

/** A scalar is in the list, or a list has an entry that is. */
function isIn(list: readonly (number | string)[]): Test {
  const set = new Set<Comparable>(list.map(toComparableScalar));
  return (actual) => (typeof actual === 'object' ? actual.some((entry) => set.has(entry)) : set.has(actual));
}

/** The context's list has the value. */
function contains(value: number | string): Test {
  const wanted = toComparableScalar(value);
  return (actual) => isList(actual) && actual.includes(wanted);
}

function equals(value: unknown): Test {
  const wanted = toComparable(value);
  if (!isList(wanted)) return (actual) => actual === wanted;
  return (actual) =>
    isList(actual) && actual.length === wanted.length && actual.every((entry, index) => entry === wanted[index]);
}

/** A whole string is matched by one of the globs; any other scalar, and what is missing, by none. */
function matches(patterns: readonly string[]): Test {
  const globs = patterns.map((pattern) => compileGlob(pattern.toLowerCase()));
  return (actual) => typeof actual === 'string' && globs.some((isMatch) => isMatch(actual));
}

function isNoObject(value: Comparable): boolean {
  return value !== OBJECT;
}

function isNoListOrObject(value: Comparable): boolean {
  return value !== OBJECT && !isList(value);
}

function isList(value: Comparable): value is readonly ComparableScalar[] {
  return typeof value === 'object';
}
