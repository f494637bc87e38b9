/** What is wrong with a file: found by pointer, listed within bounds. Runs in the writer and in the command line. */

import type { Issue } from '../common/errors.js';
import { formatRest, truncate } from '../common/text.js';
import type { ParsedJson } from '../files/strict-json.js';
import { toPointer } from './pointer.js';

/** One thing that is wrong, and where: a JSON Pointer without its first slash. */
export interface ValueIssue {
  readonly pointer: string;
  readonly message: string;
}

/** A place that an integer beyond ±(2^53 − 1) was written at. */
export interface UnsafeInteger {
  readonly pointer: string;
  readonly literal: string;
}

/** The faults of one file that are listed. */
export const MAX_ISSUES = 1_000;

/** The characters that the faults of one file may have together: an error has to fit into the status cell. */
export const MAX_ISSUES_LENGTH = 2 ** 18;

/** The end of what is said of an integer that a JavaScript number cannot hold. */
export const BEYOND_SAFE = 'is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string';

/**
 * The first of `findings` as faults of a file: up to {@link MAX_ISSUES}, and as many as {@link MAX_ISSUES_LENGTH} has room
 * for. The last fault says how many more there are, of the `count` in all.
 */
export function toIssues(
  valueIssues: readonly ValueIssue[],
  namespace: string,
  file: string,
  count: number = valueIssues.length,
): readonly Issue[] {
  const issues: Issue[] = [];
  let room = MAX_ISSUES_LENGTH;
  for (const { pointer, message } of valueIssues.slice(0, MAX_ISSUES)) {
    room -= pointer.length + message.length;
    if (room < 0 && issues.length > 0) break;
    issues.push({ file, namespace, pointer, message });
  }
  const rest = count - issues.length;
  if (rest > 0) issues.push({ file, namespace, pointer: '', message: formatRest(rest) });
  return issues;
}

/** The integers of `parsed` that a number cannot hold, by the member of `container` that they are in. */
export function findUnsafeIntegers(
  parsed: ParsedJson,
  container: string,
): ReadonlyMap<string, readonly UnsafeInteger[]> {
  const places = new Map<string, UnsafeInteger[]>();
  for (const { path, literal } of parsed.unsafeIntegers) {
    const [top, name, ...rest] = path;
    if (top !== container || name === undefined) continue;
    const place = { pointer: toPointer([name, ...rest]), literal };
    const known = places.get(name);
    if (known === undefined) places.set(name, [place]);
    else known.push(place);
  }
  return places;
}

/** `findings`, and for each place that it has such an integer. A value that was rounded says so in its literal. */
export function addUnsafeIntegers(
  valueIssues: readonly ValueIssue[],
  unsafe: readonly UnsafeInteger[],
  redact: boolean,
): readonly ValueIssue[] {
  if (unsafe.length === 0) return valueIssues;
  const places = new Set(unsafe.map(({ pointer }) => pointer));
  const others = valueIssues.filter(({ pointer, message }) => !(places.has(pointer) && message.endsWith(BEYOND_SAFE)));
  const added = unsafe.map(({ pointer, literal }) => {
    return { pointer, message: `${redact ? '<number>' : truncate(literal, 100)} ${BEYOND_SAFE}` };
  });
  return [...others, ...added];
}
