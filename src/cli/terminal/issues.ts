/** How what is wrong with a file is told: a heading, and a line a fault with its place in the file. Pure. */
import { printable } from '../../common/text.js';

/** A place in a text: line and column from 1, in UTF-16 units as editors count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a file. */
export interface LocatedFault {
  /** The place in the document, `db.config/port`; `''` for the document as a whole. */
  readonly pointer: string;
  readonly message: string;
  /** Where that is in the file; undefined where the message says so, or the file cannot be read. */
  readonly position: Position | undefined;
}

/** `heading`, and the faults of `file`, one a line: a tab, the place, what is wrong, and where an editor finds it. */
export function describeFaults(heading: string, file: string, faults: readonly LocatedFault[]): string {
  const lines = faults.map(({ pointer, message, position }) => {
    const place = pointer === '' ? '' : `${pointer} `;
    return `\t${printable(place + message)}${position === undefined ? '' : ` (${locationOf(file, position)})`}`;
  });
  return [printable(heading), ...lines].join('\n');
}

/** `values/shop/default/base.yaml:3:10`, which editors and terminals make a link of. */
export function locationOf(file: string, { line, column }: Position): string {
  return `${printable(file)}:${line}:${column}`;
}

/** The names in a pointer. One that was cut ends in `…`. */
export function pointerSteps(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** How many of them a warning lists. */
const MAX_WARNED = 10;

/** A warning of what passes here, but not where the values are read: the first of `faults`, and how many more there are. */
export function describeRefused(file: string, faults: readonly LocatedFault[]): string {
  const heading = `A service that runs on Node.js would refuse ${file}:`;
  const listed = describeFaults(heading, file, faults.slice(0, MAX_WARNED));
  const rest = faults.length - MAX_WARNED;
  return rest > 0 ? `${listed}\n\tand ${rest} more` : listed;
}
