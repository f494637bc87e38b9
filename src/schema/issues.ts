/** Lists the issues of a file, up to a limit. Pure; runs with the validator, never in a reader. */

import type { Issue } from '../common/errors.js';
import { formatRest, truncate } from '../common/text.js';
import type { ParsedJson } from '../files/strict-json.js';
import { toPointer } from './pointer.js';

/** What is wrong at one place of a document: a JSON Pointer without its first slash. */
export interface ValueIssue {
  readonly pointer: string;
  readonly message: string;
}

/** The place of an integer beyond ±(2^53 − 1), and how it is written. */
export interface UnsafeInteger {
  readonly pointer: string;
  readonly literal: string;
}

/** The most issues that are listed for one file. */
export const MAX_ISSUES = 1_000;

/** The most characters that the issues of one file may have together: one message lists them all. */
export const MAX_ISSUES_LENGTH = 2 ** 17;

/** The most characters of a pointer: 127 levels of long names have 25 000. */
const MAX_POINTER_LENGTH = 1_000;

/** The end of the message for an integer that a JavaScript number cannot hold. */
export const BEYOND_SAFE =
  'is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; lower it, or declare a string';

/**
 * Converts the first of `valueIssues` to issues of a file: up to {@link MAX_ISSUES}, of up to {@link MAX_ISSUES_LENGTH}
 * characters in all. The last issue says how many more there are, of the `count` in all.
 */
export function toIssues(
  valueIssues: readonly ValueIssue[],
  namespace: string,
  file: string,
  count: number = valueIssues.length,
): readonly Issue[] {
  const issues: Issue[] = [];
  let left = MAX_ISSUES_LENGTH;
  for (const { pointer: path, message } of valueIssues.slice(0, MAX_ISSUES)) {
    const pointer = truncate(path, MAX_POINTER_LENGTH);
    left -= pointer.length + message.length;
    if (left < 0 && issues.length > 0) break;
    issues.push({ file, namespace, pointer, message });
  }
  const rest = count - issues.length;
  if (rest > 0) issues.push({ file, namespace, pointer: '', message: formatRest(rest) });
  return issues;
}

/** Groups the integers of `parsed` that a number cannot hold, by the member of `container` that contains them. */
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

/** Adds an issue for each integer in `unsafe`, with its literal. It replaces the issue of the rounded value. */
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
