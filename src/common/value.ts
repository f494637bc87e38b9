/** What an option's value can be: what JSON can say, deeply frozen when it comes from a reader. */
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
