/** Timestamps of RFC 3339, as values files say when they were made. Runs in the writer. */

// Not more digits of a second than any clock has: the text stands in the status, which has no room for one of 8 MiB.
const TIMESTAMP =
  /^(\d{4}-\d\d-\d\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,30})?(?:Z|[-+](?:[01]\d|2[0-3]):[0-5]\d))$/;

/**
 * `text` in the form that `Date.parse` understands; undefined where it is no timestamp.
 *
 * RFC 3339 allows what `Date` does not: small letters and a space in place of `T`, which are written anew, and a leap
 * second, which becomes the second after it.
 */
export function readTimestamp(text: string): string | undefined {
  const [, date, time] = TIMESTAMP.exec(text.toUpperCase()) ?? [];
  if (date === undefined || time === undefined || !isDay(date)) return undefined;
  if (time.slice(6, 8) !== '60') return `${date}T${time}`;
  const before = Date.parse(`${date}T${time.slice(0, 6)}59${time.slice(8)}`);
  return new Date(before + 1000).toISOString();
}

/** Whether the calendar has the day: `Date` takes the 30th of February for the 2nd of March. */
function isDay(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
