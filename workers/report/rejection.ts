/** Builds the errors of rejected loads. Runs in the watcher thread. */
import {
  type Issue,
  SnapshotTooLargeError,
  type SuspiciousReloadError,
  toSuspiciousReloadError,
  toUnreadableValuesError,
  toValuesError,
  type ValuesError,
} from '../../src/common/errors.js';
import { addOutlook, formatMebibytes } from '../values/held.js';
import type { InvalidValues, NoDirectory, TooLarge, Unavailable } from '../values/results.js';

/** The maximum number of namespaces that a message lists if the snapshot is too large. */
const NAMESPACES_LISTED = 5;

/** Complete phrases, so that a search for the message finds this file. */
const PREFIXES = {
  load: 'Failed to load values from',
  reload: 'Failed to reload values from',
  suspicious: 'Held back the reload of',
} as const;

const HELD = 'These namespaces keep their last values; all others do not wait for them.';
const ACCEPT =
  'To accept the new values, call refresh({ accept: true }) or restart; to reject them, roll back the files.';

/** The error of a reload, as `refresh()` throws it. */
export type ReloadError = ValuesError | SuspiciousReloadError | SnapshotTooLargeError;

/** A load that cannot be published. */
export type Rejection = InvalidValues | TooLarge | NoDirectory | Unavailable;

/**
 * Builds the error of a rejected load.
 *
 * @param action `load` for the first load, which is never suspicious, `reload` for any other
 * @param valuesDirectory the path of the values directory, for the message
 */
export function toRejectionError(
  rejection: Rejection,
  action: 'load' | 'reload',
  valuesDirectory: string,
): ReloadError {
  const prefix = `${PREFIXES[action]} ${valuesDirectory}: `;
  switch (rejection.kind) {
    case 'invalid':
      if (rejection.isSuspicious === true) {
        return toSuspiciousReloadError(
          `${PREFIXES.suspicious} ${valuesDirectory}: `,
          rejection.issues,
          `\nAll namespaces keep their last values. ${ACCEPT}`,
        );
      }
      return toValuesError(prefix, rejection.issues);
    case 'unavailable':
      return toValuesError(prefix, [action === 'load' ? rejection.issue : addOutlook(rejection.issue)]);
    case 'no-directory':
      return toUnreadableValuesError(prefix, rejection.reason);
    case 'too-large':
      return toTooLargeError(prefix, rejection);
  }
}

/**
 * Builds the error of the files that are held back in a reload that published the others.
 *
 * @param isSuspicious whether all of them are valid, and only suspicious
 */
export function toHeldError(issues: readonly Issue[], valuesDirectory: string, isSuspicious: boolean): ReloadError {
  if (isSuspicious) {
    return toSuspiciousReloadError(`${PREFIXES.suspicious} ${valuesDirectory}: `, issues, `\n${HELD} ${ACCEPT}`);
  }
  return toValuesError(`${PREFIXES.reload} ${valuesDirectory}: `, issues, `\n${HELD}`);
}

/** Returns the beginning of a sentence that says why a start waits. */
export function describeDelay(rejection: Exclude<Rejection, InvalidValues>): string {
  switch (rejection.kind) {
    case 'unavailable':
      return rejection.issue.message;
    case 'no-directory':
      return rejection.reason;
    case 'too-large':
      return `There is no memory for a snapshot of ${formatMebibytes(rejection.size)}`;
  }
}

/** Builds an error with the size, the limit and the largest namespaces. */
function toTooLargeError(prefix: string, { size, limit, isTransient, namespaces }: TooLarge): SnapshotTooLargeError {
  const largest = [...namespaces].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, NAMESPACES_LISTED);
  const names = largest.map(([name, { bytes }]) => `${name} (${formatMebibytes(bytes)} of values.json)`).join(', ');
  return new SnapshotTooLargeError(
    `${prefix}The snapshot must be at most ${formatMebibytes(limit)}; got at least ${formatMebibytes(size)}. ` +
      `The largest namespaces: ${names}. ` +
      (isTransient ? 'There is no memory for more; the next poll tries again.' : 'Make their values smaller.'),
    { namespace: largest[0]?.[0] },
  );
}
