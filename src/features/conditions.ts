/** Compiles each condition to one function, on the first evaluation of its flag. Runs in readers; imports no store. */
import { type Comparable, type ComparableScalar, OBJECT, toComparable, toComparableScalar } from './comparable.js';
import type { FeatureCondition } from './feature.js';
import { compileGlob } from './glob.js';

/** Whether a context's property meets a condition. On the hot path of `has`: one call, with none inside for `in`. */
type Test = (actual: Comparable) => boolean;

/** Compiles `condition` to its test. */
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

/** Negates `test`. A comparison that cannot be made is not met, negated or not. */
function negate(test: Test, canBeMade: Test): Test {
  return (actual) => canBeMade(actual) && !test(actual);
}

/** Tests whether a scalar is in `list`, or whether a list shares an entry with `list`. */
function isIn(list: readonly (number | string)[]): Test {
  const set = new Set<Comparable>(list.map(toComparableScalar));
  return (actual) => (typeof actual === 'object' ? actual.some((entry) => set.has(entry)) : set.has(actual));
}

/** Tests whether the context's list contains `value`. */
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

/** Tests whether a glob matches the whole string. No glob matches another scalar or a missing property. */
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
