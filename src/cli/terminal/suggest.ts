/** Suggests names for a misspelled one. Pure. */
import { similarNames, suggestSimilar } from '../../common/similar-names.js';
import { escapeControlChars, joinFirst } from '../../common/text.js';
import { FLAG_PREFIX } from '../../features/feature.js';

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

/** Returns the end of a message about an unknown `key`, as {@link suggestNames} does; a flag is known by its name, too. */
export function suggestKeys(key: string, keys: readonly string[]): string {
  const flag = FLAG_PREFIX + key;
  return keys.includes(flag) ? `; it is the flag '${flag}'` : suggestNames(key, keys);
}
