/** A flag's `created_at`: as a time, where it is one. Used by readers. */

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:([-+])(\d\d):?(\d\d))?)?$/;

/**
 * The time that `created_at` names, in milliseconds since 1970, to the second: in UTC, unless it says an offset.
 * Undefined where there is no such time, which the schema does not look at: a month 13, a 30th of February, an hour 24.
 * A second 60 is taken for the 59th of any minute, as the family takes it.
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
  // Not Date.UTC, which takes the years 0 to 99 for those from 1900 on.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hours, minutes, Math.min(seconds, 59));
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000;
  return match[7] === '-' ? date.getTime() + offset : date.getTime() - offset;
}
