/** Words why a namespace keeps its last good values. Runs in the watcher thread. Pure. */
import type { Issue } from '../../src/common/errors.js';
import { truncateBytes } from '../../src/common/text.js';
import { MAX_TEXT_BYTES } from '../../src/status/record.js';

/** Describes issues of one file for the status: one line for each, truncated to 1 KiB. */
export function describeReason(issues: readonly Issue[]): string {
  const lines = issues.map(({ pointer, message }) => (pointer === '' ? message : `${pointer} ${message}`));
  return truncateBytes(lines.join('\n'), MAX_TEXT_BYTES);
}

/** Describes a file whose values make the snapshot too large: `growth` bytes more, `limit` bytes in all. */
export function describeGrowth(growth: number, limit: number): string {
  return `values.json needs ${growth} more bytes in the snapshot, which must be at most ${formatMebibytes(limit)}; make its values smaller`;
}

/** Adds to an issue that says nothing about the content of a file what comes next. */
export function addOutlook(issue: Issue): Issue {
  return { ...issue, message: `${issue.message}; the next poll tries again` };
}

/** Formats a size. @example formatMebibytes(2 ** 20) // '1.0 MiB' */
export function formatMebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
