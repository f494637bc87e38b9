/** Builds the places of issues, as JSON Pointers without their first slash. Pure; any thread may import it. */
import { truncate } from '../common/text.js';

/**
 * The characters of a name that a pointer shows. Names are truncated before anything else happens to them: a key may be
 * as long as its file, and the pointer of each issue inside repeats it. Merely building 500 pointers through a key of
 * 4 MiB takes longer than a poll may.
 */
const MAX_NAME_LENGTH = 200;

/** Converts a path to a pointer. */
export function toPointer(path: readonly string[]): string {
  return path.map(toStep).join('/');
}

/** Truncates and escapes one name for a pointer. */
export function toStep(name: string): string {
  return truncate(name, MAX_NAME_LENGTH).replaceAll('~', '~0').replaceAll('/', '~1');
}
