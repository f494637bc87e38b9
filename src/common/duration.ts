/** Formats durations for humans. Pure; any thread may import it. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Formats a duration with at most two units. A negative one, as after a clock was set back, is 0.
 *
 * @example formatDuration(272_000) // '4 min 32 s'
 */
export function formatDuration(duration: number): string {
  const milliseconds = Math.max(0, duration);
  if (milliseconds < SECOND) return `${round(milliseconds)} ms`;
  if (milliseconds < MINUTE) return `${round(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return formatTwoUnits(milliseconds, MINUTE, 'min', SECOND, 's');
  if (milliseconds < DAY) return formatTwoUnits(milliseconds, HOUR, 'h', MINUTE, 'min');
  return formatTwoUnits(milliseconds, DAY, 'd', HOUR, 'h');
}

function formatTwoUnits(milliseconds: number, large: number, largeName: string, small: number, smallName: string) {
  const rest = Math.floor((milliseconds % large) / small);
  return `${Math.floor(milliseconds / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** Keeps one decimal below 10. Rounds down, so that 59.96 s never becomes 60. */
function round(value: number): number {
  return value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value);
}
