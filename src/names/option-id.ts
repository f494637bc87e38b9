/** What identifies an option within a store. Runs in any thread. */

/**
 * Identifies an option within a store. An option that a schema lists has an index, the same in every snapshot. A flag by
 * pattern has a text, made of its namespace's number and its name: so a thread can ask for any name, in any number,
 * without keeping something for each.
 */
export type OptionId = number | string;

const SEPARATOR = ':';

/** Returns the id of the flag by pattern `key` in the namespace number `ordinal`. */
export function makePatternFlagId(ordinal: number, key: string): string {
  return ordinal + SEPARATOR + key;
}

/** Whether the option is a flag by pattern. */
export function isPatternFlag(id: OptionId): id is string {
  return typeof id === 'string';
}

/** Splits the id of a flag by pattern into the number of its namespace in the catalog, and its name. */
export function splitPatternFlagId(id: string): { readonly ordinal: number; readonly key: string } {
  const end = id.indexOf(SEPARATOR);
  return { ordinal: Number(id.slice(0, end)), key: id.slice(end + SEPARATOR.length) };
}
