/** Whether two values of JSON are the same in all that a user can see. */
import { isDeepStrictEqual } from 'node:util';

/** Doubles to the bit, strings to the code unit, prototypes, and keys in their order. */
export function isSame(actual: unknown, expected: unknown): boolean {
  return isDeepStrictEqual(actual, expected) && JSON.stringify(actual) === JSON.stringify(expected);
}

/** Whether nothing in `value` can be changed, at any depth. */
export function isDeeplyFrozen(value: unknown): boolean {
  return Object.isFrozen(value) && (typeof value !== 'object' || Object.values(value ?? {}).every(isDeeplyFrozen));
}
