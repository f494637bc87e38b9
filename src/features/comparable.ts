/** The form in which conditions compare values: made once for a flag's, and once for a context's. Used by readers. */

// Registered, because the context that a flag is evaluated for may be of another copy of the library.
/** A property that is not there. */
export const MISSING: unique symbol = Symbol.for('sentry-options/missing');
/** A null, which is equal to nothing that a condition can say. */
export const NULL: unique symbol = Symbol.for('sentry-options/null');
/** An object, with which some comparisons cannot even be made. */
export const OBJECT: unique symbol = Symbol.for('sentry-options/object');

/** What can be equal to something: `===` says whether it is. */
export type ComparableScalar = string | number | boolean | typeof NULL | typeof OBJECT;
export type Comparable = ComparableScalar | typeof MISSING | readonly ComparableScalar[];

/** `value` for comparing: strings lower-cased, numbers by value, whatever their type. */
export function toComparable(value: unknown): Comparable {
  return Array.isArray(value) ? Array.from(value, toComparableScalar) : toComparableScalar(value);
}

/** As {@link toComparable}; a list within a list is as good as an object: it is equal to nothing. */
export function toComparableScalar(value: unknown): ComparableScalar {
  switch (typeof value) {
    case 'string':
      return value.toLowerCase();
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : NULL;
    case 'bigint':
      // As the family compares an integer of 64 bits with a double; one that is safe can be equal to no other.
      return Number(value);
    case 'object':
      return value === null ? NULL : OBJECT;
    default:
      return NULL;
  }
}
