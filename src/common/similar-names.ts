/** Finds names that are like a misspelled one. Pure; any thread may import it. */

/** The similarity above which a name is suggested by default, from 0 to 1. */
const MIN_SIMILARITY = 0.7;

/** The longest name that is compared: the time grows with the square of the length. */
const MAX_LENGTH = 200;

/**
 * Returns those of `names` that are similar to `name`, the most similar first.
 *
 * @param least the similarity above which they are
 */
export function similarNames(name: string, names: readonly string[], least = MIN_SIMILARITY): string[] {
  if (name.length > MAX_LENGTH) return [];
  return names
    .filter((candidate) => candidate.length <= MAX_LENGTH)
    .map((candidate) => ({ candidate, similarity: jaro(name, candidate) }))
    .filter(({ similarity }) => similarity > least)
    .sort((a, b) => b.similarity - a.similarity)
    .map(({ candidate }) => candidate);
}

/**
 * Returns the Jaro similarity of two strings: 1 if they are equal, 0 if they have no character in common.
 *
 * @see https://en.wikipedia.org/wiki/Jaro%E2%80%93Winkler_distance
 */
function jaro(a: string, b: string): number {
  if (a === b) return 1;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Set<number>();
  const matchesOfA: string[] = [];
  for (let at = 0; at < a.length; at++) {
    for (let other = Math.max(0, at - reach); other < Math.min(b.length, at + reach + 1); other++) {
      if (a[at] !== b[other] || taken.has(other)) continue;
      taken.add(other);
      matchesOfA.push(a[at] as string);
      break;
    }
  }
  const matches = matchesOfA.length;
  if (matches === 0) return 0;
  const matchesOfB = [...taken].sort((x, y) => x - y).map((at) => b[at]);
  const transpositions = matchesOfA.filter((character, at) => character !== matchesOfB[at]).length / 2;
  return (matches / a.length + matches / b.length + (matches - transpositions) / matches) / 3;
}
