/** Formats times, ages and counts. Pure. */
import { formatDuration } from '../../../src/common/duration.js';

export { formatDuration };

/** A sentence with times in it, which the page shows with their ages. */
export type Phrase = readonly (string | { readonly at: string })[];

/** Formats how long ago `at` was. A time in the future, as between two clocks, counts as now. */
export function formatAge(at: string, now: number): string {
  const age = now - Date.parse(at);
  if (Number.isNaN(age)) return 'at an unknown time';
  return age < 1_000 ? 'just now' : `${formatDuration(Math.floor(age / 1_000) * 1_000)} ago`;
}

/** Formats a time in UTC, as logs have it, with the date if that is not today's. */
export function formatTime(at: string, now: number): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return at;
  const [date = '', clock = ''] = time.toISOString().slice(0, 19).split('T');
  return new Date(now).toISOString().startsWith(date) ? `${clock} UTC` : `${date} ${clock} UTC`;
}

/**
 * Formats a number with its noun.
 *
 * @example count(1, 'thread') // '1 thread'
 */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(number)} ${number === 1 ? noun : plural}`;
}

/** Formats an integer with narrow spaces between thousands. */
export function formatNumber(number: number): string {
  return number.toLocaleString('en').replaceAll(',', '\u202f');
}
