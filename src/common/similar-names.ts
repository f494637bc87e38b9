/** Finds names that are like a misspelled one. Pure; any thread may import it. */

import { escapeControlChars } from './text.js';

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
    .filter(({ length }) => length <= MAX_LENGTH)
    .map((candidate) => [jaro(name, candidate), candidate] as const)
    .filter(([similarity]) => similarity > least)
    .sort(([a], [b]) => b - a)
    .map(([, candidate]) => candidate);
}

/** Returns the end of a message about a `name` that may be misspelled: the most similar one of `names`, or nothing. */
export function suggestSimilar(name: string, names: readonly string[]): string {
  const [similar] = similarNames(name, names);
  return similar === undefined ? '' : `; did you mean '${escapeControlChars(similar)}'?`;
}

/**
 * Returns the Jaro similarity of two strings: 1 if they are equal, 0 if they have no character in common.
 *
 * @see https://en.wikipedia.org/wiki/Jaro%E2%80%93Winkler_distance
 */
function jaro(a: string, b: string): number {
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Set<number>();
  const matchesOfA: unknown[] = [];
  for (let at = 0; at < a.length; at++) {
    const end = Math.min(b.length, at + reach + 1);
    let other = Math.max(0, at - reach);
    while (other < end && (a[at] !== b[other] || taken.has(other))) other++;
    if (other >= end) continue;
    taken.add(other);
    matchesOfA.push(a[at]);
  }
  const matches = taken.size;
  if (matches === 0) return 0;
  const matchesOfB = [...taken].sort((x, y) => x - y);
  const transpositions = matchesOfB.filter((other, at) => b[other] !== matchesOfA[at]).length / 2;
  return (matches / a.length + matches / b.length + (matches - transpositions) / matches) / 3;
}
