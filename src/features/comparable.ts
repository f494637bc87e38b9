/** Converts values of flags and contexts, once each, to the form that conditions compare. Runs in readers; pure. */
import { types } from 'node:util';
import { ContextReader, checkCharacters } from './context-limits.js';

// Registered symbols: the context that a flag is evaluated for may come from another copy of the library.
/** A property that the context does not have. */
export const MISSING: unique symbol = Symbol.for('sentry-options/missing');
/** A null. It equals nothing that a condition can contain. */
export const NULL: unique symbol = Symbol.for('sentry-options/null');
/** An object. Some comparisons cannot be made with it. */
export const OBJECT: unique symbol = Symbol.for('sentry-options/object');

/** A scalar that `===` compares. */
export type ComparableScalar = string | number | boolean | typeof NULL | typeof OBJECT;
export type Comparable = ComparableScalar | typeof MISSING | readonly ComparableScalar[];

/** Converts `value` for comparisons: strings become lower case, and numbers compare by value, whatever their type. */
export function toComparable(value: unknown): Comparable {
  return Array.isArray(value) ? value.map(toComparableScalar) : toComparableScalar(value);
}

/**
 * Converts the value of a context's property as {@link toComparable} does.
 *
 * @throws {ContextLimitError} if the value is too large. The value of a flag has no such limit: its file bounds it
 */
export function contextToComparable(value: unknown): Comparable {
  if (Array.isArray(value)) return listToComparable(value);
  if (typeof value === 'string') checkCharacters(value.length);
  return toComparableScalar(value);
}

function listToComparable(list: readonly unknown[]): readonly ComparableScalar[] {
  const reader = new ContextReader();
  const length = reader.countEntries(list, 1);
  let converted: ComparableScalar[] | undefined = length >= LONG && isPlain(list) ? undefined : [];
  // By index, not by the iterator, which a caller's array may replace.
  for (let index = 0; index < length; index++) {
    const entry = list[index];
    if (typeof entry === 'string') reader.countCharacters(entry);
    const scalar = toComparableScalar(entry);
    // A long list of numbers, or of strings in lower case, is not copied.
    if (converted === undefined && scalar !== entry) converted = list.slice(0, index) as ComparableScalar[];
    converted?.push(scalar);
  }
  return converted ?? (list as readonly ComparableScalar[]);
}

/** Whether `list` has the methods of an array, and no others. */
function isPlain(list: readonly unknown[]): boolean {
  return (
    !types.isProxy(list) &&
    Object.getPrototypeOf(list) === Array.prototype &&
    !METHODS.some((name) => Object.hasOwn(list, name))
  );
}

/** From here on, the check for a plain list takes less than a copy. */
const LONG = 1_000;
/** The methods that conditions call. */
const METHODS = ['some', 'every', 'includes', 'slice', 'constructor'];

/** Converts a scalar as {@link toComparable} does. A list within a list counts as an object: it equals nothing. */
export function toComparableScalar(value: unknown): ComparableScalar {
  switch (typeof value) {
    case 'string':
      return value.toLowerCase();
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : NULL;
    case 'bigint':
      // The Rust and Python clients compare a 64-bit integer with a double so, too. A safe integer equals no other.
      return Number(value);
    case 'object':
      return value === null ? NULL : OBJECT;
    default:
      return NULL;
  }
}
