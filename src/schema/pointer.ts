/**
 * Places in a document, as JSON Pointers without their first slash. Pure: any thread may use it.
 *
 * Names are cut before anything else is done with them. A key may be as long as its file, and the pointer of each fault
 * inside of it repeats it: merely to put 500 pointers through a key of 4 MiB together takes longer than a poll may.
 */
import { truncate } from '../common/text.js';

/** A pointer shows so many characters of a name. */
const MAX_NAME_LENGTH = 200;

/** The path as a pointer. */
export function toPointer(path: readonly string[]): string {
  return path.map(toStep).join('/');
}

/** One name as it stands in a pointer. */
export function toStep(name: string): string {
  return truncate(name, MAX_NAME_LENGTH).replaceAll('~', '~0').replaceAll('/', '~1');
}
