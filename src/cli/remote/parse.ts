/** Parses and checks answers, which may be anybody's. Pure. */
import type { OptionValue } from '../../common/value.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { estimateParsedBytes } from '../../files/values-limits.js';

/** The most memory that an answer may take once parsed, in bytes. */
const MAX_PARSED_BYTES = 2 ** 29;

/** An answer is not what it should be. The message is a clause: `status.health must be a string`. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/**
 * Parses strict JSON.
 *
 * @throws {AnswerError} if it is not, or if it would take too much memory
 */
export function parseAnswer(bytes: Uint8Array): OptionValue {
  if (estimateParsedBytes(bytes) > MAX_PARSED_BYTES) {
    throw new AnswerError(`the answer must take at most ${MAX_PARSED_BYTES} bytes of memory once parsed`);
  }
  try {
    return parseJson(bytes).value;
  } catch (error) {
    if (error instanceof JsonError) throw new AnswerError(error.message, { cause: error });
    throw error;
  }
}

/**
 * Parses strict JSON that must pass `check`.
 *
 * @throws {AnswerError} if it is not, or does not
 */
export function readAnswer<T>(bytes: Uint8Array, check: Check<T>): T {
  const answer: unknown = parseAnswer(bytes);
  check(answer, 'the answer');
  return answer;
}

/** Throws an {@link AnswerError} if `value`, which is at `place` in the answer, is not a T. */
export type Check<T> = (value: unknown, place: string) => asserts value is T;

/** Makes a check of the values that `isValid` accepts. */
function makeCheck<T>(expected: string, isValid: (value: unknown) => boolean): Check<T> {
  return (value, place): asserts value is T => {
    if (!isValid(value)) throw new AnswerError(`${place} must be ${expected}`);
  };
}

export const aString: Check<string> = makeCheck('a string', (value) => typeof value === 'string');
export const aNumber: Check<number> = makeCheck('a number', (value) => typeof value === 'number');
/** How many there are: a whole number from 0. */
export const aCount: Check<number> = makeCheck(
  'a count',
  (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
/** A time as RFC 3339 has it, in UTC. */
export const aTime: Check<string> = makeCheck(
  'a time',
  (value) => typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value)),
);
export const aBoolean: Check<boolean> = makeCheck('a boolean', (value) => typeof value === 'boolean');
export const anything: Check<OptionValue> = makeCheck('a value', (value) => value !== undefined);

/** Makes a check of one of `values`. */
export function oneOf<const T extends string>(...values: readonly T[]): Check<T> {
  return makeCheck(values.join(' or '), (value) => (values as readonly unknown[]).includes(value));
}

/** Makes a check of a T or null. */
export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value, place): asserts value is T | null => {
    if (value !== null) check(value, place);
  };
}

/** Makes a check of a T that may be missing. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, place): asserts value is T | undefined => {
    if (value !== undefined) check(value, place);
  };
}

/** Makes a check of an array. */
export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value, place): asserts value is readonly T[] => {
    if (!Array.isArray(value)) throw new AnswerError(`${place} must be an array`);
    for (const [index, entry] of value.entries()) check(entry, `${place}[${index}]`);
  };
}

/** Makes a check of an object with any keys. Read it with `Object.entries` or `Object.hasOwn`. */
export function mapOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, place): asserts value is Readonly<Record<string, T>> => {
    if (!isPlain(value)) throw new AnswerError(`${place} must be an object`);
    for (const [key, entry] of Object.entries(value)) check(entry, `${place}.${key}`);
  };
}

/** Makes a check of an object with `fields`. Further fields, as of a newer version, are accepted. */
export function objectWith<T extends object>(fields: { readonly [K in keyof T]-?: Check<T[K]> }): Check<T> {
  const checks: readonly (readonly [string, Check<unknown>])[] = Object.entries(fields);
  return (value, place): asserts value is T => {
    if (!isPlain(value)) throw new AnswerError(`${place} must be an object`);
    for (const [key, test] of checks) {
      const check: Check<unknown> = test;
      check(Object.hasOwn(value, key) ? value[key] : undefined, `${place}.${key}`);
    }
  };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
