/** Converts values of flags and contexts, once each, to the form that conditions compare. Runs in readers; pure. */

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
  return Array.isArray(value) ? Array.from(value, toComparableScalar) : toComparableScalar(value);
}

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
