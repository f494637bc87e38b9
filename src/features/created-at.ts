/** Parses a flag's `created_at`. Runs in readers; pure. */

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:([-+])(\d\d):?(\d\d))?)?$/;

/**
 * Parses `created_at`, to the second; in UTC unless it has an offset. A second of 60 counts as second 59 of any minute,
 * as in the Rust and Python clients.
 *
 * @returns milliseconds since 1970; undefined if no such time exists, which the schema does not check: month 13,
 *   February 30, hour 24
 */
export function parseCreatedAt(created_at: string): number | undefined {
  const match = PATTERN.exec(created_at);
  if (match === null) return undefined;
  const part = (group: number) => Number(match[group] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hours, minutes, seconds] = [part(4), part(5), part(6)];
  const [offsetHours, offsetMinutes] = [part(8), part(9)];
  if (hours > 23 || minutes > 59 || seconds > 60 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const date = new Date(0);
  // Not Date.UTC, which turns the years 0 to 99 into 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hours, minutes, Math.min(seconds, 59));
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000;
  return match[7] === '-' ? date.getTime() + offset : date.getTime() - offset;
}
