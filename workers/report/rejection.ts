/** The errors of loads that are not published. Runs in the watcher thread. */
import {
  SnapshotTooLargeError,
  toUnreadableValuesError,
  toValuesError,
  type ValuesError,
} from '../../src/common/errors.js';
import type { InvalidValues, NoDirectory, TooLarge } from '../values/load.js';

/** How many namespaces a message names if the snapshot is too large. */
const LARGEST_NAMED = 5;

/** Whole, so that a search for the message finds it here. */
const PREFIXES = { load: 'Failed to load values from', reload: 'Failed to reload values from' } as const;

/** A load that cannot be published. */
export type Rejection = InvalidValues | TooLarge | NoDirectory;

/**
 * Composes the error of a load.
 *
 * @param action what the watcher did: the first load, or a reload
 * @param valuesDirectory the directory that it loaded from, for the message
 */
export function toRejectionError(
  rejection: Rejection,
  action: keyof typeof PREFIXES,
  valuesDirectory: string,
): ValuesError | SnapshotTooLargeError {
  const prefix = `${PREFIXES[action]} ${valuesDirectory}: `;
  switch (rejection.kind) {
    case 'invalid':
      return toValuesError(prefix, rejection.issues);
    case 'no-directory':
      return toUnreadableValuesError(prefix, rejection.reason);
    case 'too-large':
      return toTooLargeError(prefix, rejection);
  }
}

/** Names the size, the limit, and the namespaces that make the snapshot so large. */
function toTooLargeError(prefix: string, { size, limit, namespaces }: TooLarge): SnapshotTooLargeError {
  const largest = [...namespaces].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, LARGEST_NAMED);
  const names = largest.map(([name, { bytes }]) => `${name} (${formatMebibytes(bytes)} of values.json)`).join(', ');
  return new SnapshotTooLargeError(
    `${prefix}The snapshot has ${formatMebibytes(size)} or more; ${formatMebibytes(limit)} can be published. ` +
      `The largest namespaces: ${names}. Make their values smaller.`,
    { namespace: largest[0]?.[0] },
  );
}

function formatMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
