/** Compares JSON values in everything that a user can observe. */
import { isDeepStrictEqual } from 'node:util';

/** Whether two values are equal: doubles to the bit, strings to the code unit, prototypes, and the order of keys. */
export function isSame(actual: unknown, expected: unknown): boolean {
  return isDeepStrictEqual(actual, expected) && JSON.stringify(actual) === JSON.stringify(expected);
}

/** Whether `value` is frozen at every depth. */
export function isDeeplyFrozen(value: unknown): boolean {
  return Object.isFrozen(value) && (typeof value !== 'object' || Object.values(value ?? {}).every(isDeeplyFrozen));
}
