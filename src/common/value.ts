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
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}
