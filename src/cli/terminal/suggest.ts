/** Suggests names for a misspelled one. Pure. */
import { similarNames, suggestSimilar } from '../../common/similar-names.js';
import { escapeControlChars, joinFirst } from '../../common/text.js';

export { similarNames, suggestSimilar };

/** The maximum number of names that a message lists: there may be thousands of flags by pattern. */
const MAX_LISTED = 20;

/** Returns the end of a message about an unknown `name`: the most similar one of `names`, or the first of them. */
export function suggestNames(name: string, names: readonly string[]): string {
  const similar = suggestSimilar(name, names);
  if (similar !== '') return similar;
  if (names.length === 0) return '; none is declared';
  return `; declared: ${joinFirst(names.slice(0, MAX_LISTED).map(escapeControlChars), names.length)}`;
}
