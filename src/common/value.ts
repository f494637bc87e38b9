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
