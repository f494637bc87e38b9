import { formatText } from './text.js';

/** The value of an option: anything that JSON can express. Deeply frozen if a read returned it. */
export type OptionValue =
  | null
  | boolean
  | number
  | string
  | readonly OptionValue[]
  | { readonly [key: string]: OptionValue };

/** Whether `value` is a JSON object: neither an array nor null. */
export function isObject(value: OptionValue): value is { readonly [key: string]: OptionValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether two values are the same JSON, member by member in the same order: nothing that a user can do tells them apart,
 * except `===`. This defines what a change of an option is. Recurses as deep as the values nest.
 */
export function isSameValue(a: OptionValue | undefined, b: OptionValue | undefined): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return Object.is(a, b);
  if (isList(a) || isList(b)) {
    return isList(a) && isList(b) && a.length === b.length && a.every((item, index) => isSameValue(item, b[index]));
  }
  const names = Object.keys(a);
  const others = Object.keys(b);
  return (
    names.length === others.length &&
    names.every((name, place) => name === others[place] && isSameValue(a[name], b[name]))
  );
}

/** Whether `value` is a list. `Array.isArray` does not narrow to a read-only array. */
export function isList(value: OptionValue): value is readonly OptionValue[] {
  return Array.isArray(value);
}

/** Names the kind of an invalid argument, for a message: its type, or `null`, `array` or `empty string`. */
export function describeKind(value: unknown): string {
  if (value === '') return 'empty string';
  return value === null ? 'null' : isArray(value) ? 'array' : typeof value;
}

/** Describes an invalid argument, for a message: itself if it is a number, a boolean or a text, in quotes, else its kind. */
export function describeArgument(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? `'${formatText(value)}'` : describeKind(value);
}

/** Whether `value` is an array. Does not throw for a revoked proxy, as `Array.isArray` does. */
export function isArray(value: unknown): value is readonly unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}
