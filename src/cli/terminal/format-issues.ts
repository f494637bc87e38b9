/** Formats the issues of a file: a heading, then one line for each issue with its place in the file. Pure. */

import { escapeControlChars, formatRest } from '../../common/text.js';
import type { Position } from '../../files/text-position.js';

/** An issue, with its position in the file. */
export interface LocatedIssue {
  /** The JSON Pointer in the document, without its first slash: `db.config/port`; `''` for the whole document. */
  readonly pointer: string;
  readonly message: string;
  /** The position in the file; undefined if the message states it, or if the file cannot be read. */
  readonly position: Position | undefined;
}

/**
 * Formats `heading` and the issues of `file`, one per line.
 *
 * @returns lines such as `<TAB>db/port "x" is not of type "integer" (values.yaml:3:10)` below the heading
 */
export function describeIssues(heading: string, file: string, issues: readonly LocatedIssue[]): string {
  const lines = issues.map(({ pointer, message, position }) => {
    const place = pointer === '' ? '' : `${pointer} `;
    const location = position === undefined ? '' : ` (${formatLocation(file, position)})`;
    return `\t${escapeControlChars(place + message)}${location}`;
  });
  return [escapeControlChars(heading), ...lines].join('\n');
}

/** @returns `values/shop/default/base.yaml:3:10`, which editors and terminals turn into a link */
export function formatLocation(file: string, { line, column }: Position): string {
  return `${escapeControlChars(file)}:${line}:${column}`;
}

/** Splits a pointer into its names, unescaped. A name that was truncated ends in `…`. */
export function splitPointer(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Returns the first key that a message says is not allowed; undefined if it says something else. */
export function readUnexpected(message: string): string | undefined {
  const start = message.indexOf(UNEXPECTED);
  if (start < 0) return undefined;
  const list = message.slice(start + UNEXPECTED.length);
  const end = list.search(/', '|' and \d+ more |' was unexpected|' were unexpected/);
  return end < 0 ? undefined : list.slice(0, end);
}

const UNEXPECTED = "Additional properties are not allowed ('";

/** The number of issues that a warning lists. */
const MAX_LISTED = 10;

/**
 * Formats a warning: `file` passes this command, but a Node.js service rejects it. Lists the first {@link MAX_LISTED}
 * issues.
 */
export function describeNodeIssues(file: string, issues: readonly LocatedIssue[]): string {
  const heading = `A Node.js service would reject ${file}:`;
  const listed = describeIssues(heading, file, issues.slice(0, MAX_LISTED));
  const rest = issues.length - MAX_LISTED;
  return rest > 0 ? `${listed}\n\t${formatRest(rest)}` : listed;
}
