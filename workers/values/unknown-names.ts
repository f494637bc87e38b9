/**
 * Summarizes the names in a file that its schema does not declare. A file may hold hundreds of thousands, of any length:
 * the watcher keeps a part of them, which does not grow with the file. Runs in the watcher thread.
 */
import { createHash } from 'node:crypto';
import { similarNames } from '../../src/common/similar-names.js';
import { truncateBytes } from '../../src/common/text.js';
import { MAX_TEXT_BYTES } from '../../src/status/record.js';

/** The most names that are kept, and their most characters together. The first name is always kept. */
const MAX_NAMES = 100;
const MAX_LENGTH = 2 ** 15;

/** Undeclared names of one file. */
export interface UnknownNames {
  /** The first names, in the file's order, each truncated to 1 KiB. */
  readonly first: readonly string[];
  /** The declared names that the first ones are most similar to, in the same order; not kept in a state directory. */
  readonly similar?: readonly (string | undefined)[];
  /** How many names there are. */
  readonly count: number;
  /** Identifies the set of all names, whatever their order. */
  readonly digest: string;
}

/** No undeclared name. */
export const NO_NAMES: UnknownNames = { first: [], count: 0, digest: '' };

/** The number of names that are compared with those that the schema declares, which may be thousands. */
const MAX_COMPARED = 3;
/** Above the usual one: the name may also be one that a coming schema declares. */
const MIN_SIMILARITY = 0.8;

/** Summarizes `names`, which are all different, and none of which is in `declared`. */
export function summarizeNames(names: readonly string[], declared: Iterable<string> = []): UnknownNames {
  if (names.length === 0) return NO_NAMES;
  const first: string[] = [];
  let left = MAX_LENGTH;
  for (const name of names) {
    const text = truncateBytes(name, MAX_TEXT_BYTES);
    left -= text.length;
    if (first.length === MAX_NAMES || (left < 0 && first.length > 0)) break;
    first.push(text);
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([...names].sort()))
    .digest('base64');
  const known = [...declared];
  const similar = first.slice(0, MAX_COMPARED).map((name) => similarNames(name, known, MIN_SIMILARITY)[0]);
  return { first, similar, count: names.length, digest };
}
