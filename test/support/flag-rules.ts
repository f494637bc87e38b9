/** A second, short implementation of flag conditions that shares no code with the sources, to compare with them. */
import type { FeatureCondition } from 'sentry-options';

type Value = unknown;

/** Whether `actual` meets `condition`; `actual` is undefined if the context lacks the property. */
export function isMet({ operator, value }: FeatureCondition, actual: Value): boolean {
  switch (operator) {
    case 'in':
      return isIn(value, actual);
    case 'not_in':
      return !isObject(actual) && !isIn(value, actual);
    case 'contains':
      return Array.isArray(actual) && actual.some((entry) => isEqual(entry, value));
    case 'not_contains':
      return Array.isArray(actual) && !actual.some((entry) => isEqual(entry, value));
    case 'equals':
      return isEqual(actual, value);
    case 'not_equals':
      return !isEqual(actual, value);
    case 'matches':
      return typeof actual === 'string' && value.some((glob) => isGlobOf(fold(glob), fold(actual)));
    case 'not_matches':
      if (Array.isArray(actual) || isObject(actual)) return false;
      return typeof actual !== 'string' || !value.some((glob) => isGlobOf(fold(glob), fold(actual)));
  }
}

/** Whether `glob` matches `text`. Tries every string that a star may stand for, one character at a time. */
export function isGlobOf(glob: string, text: string): boolean {
  if (glob === '') return text === '';
  if (glob[0] === '*') return isGlobOf(glob.slice(1), text) || (text !== '' && isGlobOf(glob, text.slice(1)));
  return glob[0] === text[0] && isGlobOf(glob.slice(1), text.slice(1));
}

function isIn(list: readonly Value[], actual: Value): boolean {
  const entries = Array.isArray(actual) ? actual : [actual];
  return entries.some((entry) => list.some((one) => isEqual(entry, one)));
}

function isEqual(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((entry, index) => !Array.isArray(entry) && isEqual(entry, b[index]));
  }
  if (typeof a !== typeof b || a === null || typeof a === 'object') return false;
  return fold(a) === fold(b);
}

function fold<T>(value: T): T | string {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function isObject(value: Value): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
