/** How what is wrong with a file is told: a heading, and a line a fault with its place in the file. Pure. */

import { escapeControlChars, formatRest } from '../../common/text.js';
import type { Position } from '../../files/text-position.js';

/** One thing that is wrong with a file. */
export interface LocatedIssue {
  /** The place in the document, `db.config/port`; `''` for the document as a whole. */
  readonly pointer: string;
  readonly message: string;
  /** Where that is in the file; undefined where the message says so, or the file cannot be read. */
  readonly position: Position | undefined;
}

/** `heading`, and the faults of `file`, one a line: a tab, the place, what is wrong, and where an editor finds it. */
export function describeIssues(heading: string, file: string, issues: readonly LocatedIssue[]): string {
  const lines = issues.map(({ pointer, message, position }) => {
    const place = pointer === '' ? '' : `${pointer} `;
    return `\t${escapeControlChars(place + message)}${position === undefined ? '' : ` (${formatLocation(file, position)})`}`;
  });
  return [escapeControlChars(heading), ...lines].join('\n');
}

/** `values/shop/default/base.yaml:3:10`, which editors and terminals make a link of. */
export function formatLocation(file: string, { line, column }: Position): string {
  return `${escapeControlChars(file)}:${line}:${column}`;
}

/** The names in a pointer. One that was cut ends in `…`. */
export function splitPointer(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** How many of them a warning lists. */
const MAX_LISTED = 10;

/** A warning of what passes here, but not where the values are read: the first of `faults`, and how many more there are. */
export function describeNodeIssues(file: string, issues: readonly LocatedIssue[]): string {
  const heading = `A service that runs on Node.js would refuse ${file}:`;
  const listed = describeIssues(heading, file, issues.slice(0, MAX_LISTED));
  const rest = issues.length - MAX_LISTED;
  return rest > 0 ? `${listed}\n\t${formatRest(rest)}` : listed;
}
