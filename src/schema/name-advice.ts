/**
 * The end of a message about a name, or a word, that is not one of those that are allowed: which one is meant. Empty if
 * nothing is likely. Pure; runs with the validator, never in a reader.
 */

import { similarNames } from '../common/similar-names.js';
import { escapeControlChars, joinFirst, truncate } from '../common/text.js';

/** Longer names are not compared. */
const MAX_LENGTH = 50;

/** The most names that advice lists, or compares with a misspelled one. */
const MAX_NAMES = 30;

/** The similarity above which a name is suggested, instead of a list of all: few names are short and alike. */
const MIN_SIMILARITY = 0.77;

/** What other languages and tools call an operator or a type. */
const SYNONYMS: ReadonlyMap<string, string> = new Map(
  [
    ['equals', '=', '==', '===', 'is', 'eq'],
    ['not_equals', '!=', '!==', '<>', 'is_not', 'ne', 'neq'],
    ['in', 'one_of', 'any_of', 'any'],
    ['not_in', 'none_of'],
    ['contains', 'includes', 'has'],
    ['matches', 'like', 'glob', 'regex', 'regexp', 'starts_with', 'startswith', 'ends_with', 'endswith'],
    ['string', 'text', 'str'],
    ['number', 'float', 'double', 'decimal'],
    ['array', 'list'],
    ['object', 'map', 'dict', 'struct', 'hash'],
  ].flatMap(([name = '', ...words]) => words.map((word) => [word, name] as const)),
);

/** Advises on a string that must be one of `names`. */
export function adviseOnChoice(value: unknown, names: readonly unknown[]): string {
  if (Array.isArray(value)) return '; choose one of them';
  if (typeof value !== 'string') return '';
  const word = value.toLowerCase();
  const synonym = SYNONYMS.get(word);
  const known = names.filter((name) => typeof name === 'string');
  const similar = synonym !== undefined && known.includes(synonym) ? synonym : findSimilar(word, known);
  if (similar !== undefined) return `; did you mean ${JSON.stringify(similar)}?`;
  return /^(?:[<>]=?|(?:greater|less|before|after|older|newer)(?:_than)?|[gl]te?)$/.test(word)
    ? '; no operator compares sizes: let the service compare, and put the result into the context'
    : '';
}

/**
 * Advises on `unexpected` names of an object that may have only the names in `allowed`.
 *
 * @param insteadOf returns what to do instead of a name that has advice of its own
 */
export function adviseOnNames(
  unexpected: readonly string[],
  allowed: readonly string[],
  insteadOf: (name: string) => string | undefined = () => undefined,
): string {
  const groups = new Map<string, string[]>();
  for (const name of unexpected.slice(0, MAX_NAMES)) {
    const advice = insteadOf(name);
    if (advice !== undefined) groups.set(advice, [...(groups.get(advice) ?? []), name]);
  }
  const others = unexpected.filter((name) => insteadOf(name) === undefined);
  const advised = adviseOnOthers(others, allowed);
  if (advised !== '') groups.set(advised, others.slice(0, MAX_NAMES));
  // Several names with different advice: each says of which names it is.
  return [...groups]
    .map(([advice, names]) => `; ${groups.size > 1 ? `${[...names].sort().map(quoteName).join(', ')}: ` : ''}${advice}`)
    .join('');
}

function adviseOnOthers([name, ...more]: readonly string[], allowed: readonly string[]): string {
  if (name === undefined) return '';
  const similar = more.length > 0 ? undefined : findSimilar(name, allowed);
  const colon = name.indexOf(':');
  if (colon > 0 && allowed.includes(name.slice(0, colon)))
    return `write a space after ${quoteName(name.slice(0, colon + 1))}`;
  if (similar !== undefined) return `did you mean ${quoteName(similar)}?`;
  if (allowed.length === 0) return 'no name is allowed here';
  return `allowed: ${listNames(allowed)}`;
}

/** What people call the keys of a schema. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['options', 'properties'],
  ['fields', 'properties'],
]);

/** Returns the name that is most like `name`. The lengths are limited, since a file may have many issues. */
export function findSimilar(name: string, names: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH || names.length > MAX_NAMES) return undefined;
  const other = OTHER_NAMES.get(name);
  if (other !== undefined && names.includes(other)) return other;
  return similarNames(
    name,
    names.filter(({ length }) => length <= 3 * name.length && name.length <= 3 * length),
    MIN_SIMILARITY,
  )[0];
}

/** Quotes a name in a message: escaped, and truncated. */
export function quoteName(name: string): string {
  return `'${escapeControlChars(truncate(name, 100))}'`;
}

/** Lists quoted names, and how many more there are. */
export function listNames(names: readonly string[]): string {
  return joinFirst(names.slice(0, MAX_NAMES).map(quoteName), names.length);
}
