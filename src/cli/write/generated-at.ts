/** The time that `sentry-options write` writes into its files. */
import { readTimestamp } from '../../schema/timestamp.js';
import { CommandError } from '../terminal/errors.js';

/** @see https://reproducible-builds.org/specs/source-date-epoch/ */
const VARIABLE = 'SOURCE_DATE_EPOCH';
/** The last second of the year 9999, in seconds since 1970: RFC 3339 has four digits. */
const LAST_SECOND = 253_402_300_799;

/**
 * Determines the time: the argument, else the variable, else now.
 *
 * @throws {CommandError} if the argument or the variable is invalid
 */
export function determineGeneratedAt(argument: string | undefined, environment: NodeJS.ProcessEnv): string {
  if (argument !== undefined) {
    if (readTimestamp(argument) !== undefined) return argument;
    throw new CommandError(
      `--generated-at must be a time such as 2026-01-21T18:30:00Z (RFC 3339); got ${JSON.stringify(argument)}`,
    );
  }
  const variable = environment[VARIABLE];
  if (variable === undefined || variable === '') return formatTimestamp(new Date());
  if (/^\d{1,12}$/.test(variable) && Number(variable) <= LAST_SECOND) {
    return formatTimestamp(new Date(Number(variable) * 1_000));
  }
  throw new CommandError(`${VARIABLE} must be a number of seconds since 1970; got ${JSON.stringify(variable)}`);
}

/** Formats RFC 3339 with nine decimals, like the Rust command line. A `Date` knows only three of them. */
function formatTimestamp(date: Date): string {
  return date.toISOString().replace('Z', '000000+00:00');
}
