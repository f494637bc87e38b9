/** Parses RFC 3339 timestamps, the `generated_at` of values files. Pure; runs with the validator, never in a reader. */

// At most 30 digits of a second, more than any clock has: the status contains the string and cannot hold one of 8 MiB.
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,30})?(?:Z|[-+](?:[01]\d|2[0-3]):[0-5]\d))$/;

/**
 * Converts `text` to the form that `Date.parse` understands; undefined if it is not an RFC 3339 timestamp.
 *
 * RFC 3339 allows what `Date` does not: lower-case letters and a space instead of `T`, which are rewritten, and a leap
 * second, which becomes the second after it.
 */
export function readTimestamp(text: string): string | undefined {
  const [, date, time] = TIMESTAMP.exec(text.toUpperCase()) ?? [];
  if (date === undefined || time === undefined || !isDay(date)) return undefined;
  if (time.slice(6, 8) !== '60') return `${date}T${time}`;
  const before = Date.parse(`${date}T${time.slice(0, 6)}59${time.slice(8)}`);
  return new Date(before + 1000).toISOString();
}

/** Whether the calendar has the day: `Date` reads February 30 as March 2. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
