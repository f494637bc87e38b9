/**
 * The end of a message about an invalid value: what to write instead. Empty if nothing is likely. Pure; runs with the
 * validator, never in a reader.
 */

import { similarNames } from '../common/similar-names.js';
import { escapeControlChars, joinFirst, truncate } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { CREATED_AT_FORM, VERSION_FORM } from './forms.js';

/** Values up to this length are repeated in advice. */
const MAX_LENGTH = 50;

/** The most names that advice lists, or compares with a misspelled one. */
const MAX_NAMES = 30;

/** The similarity above which a name is suggested, instead of a list of all: few names are short and alike. */
const MIN_SIMILARITY = 0.77;

/** The words of a boolean in other formats, and in YAML 1.1. */
const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on', 'y', 't', '1', 'enabled'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', 'n', 'f', '0', 'disabled'].map((word) => [word, false] as const),
]);

/** What a value of a type is called. */
const NOUNS: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** The end of the advice on null, for a value that may be missing. */
export const OR_NOTHING = ', or leave it out';

/** Advises on a `value` that is not of the type `type`. */
export function adviseOnType(value: OptionValue, type: string): string {
  if (value === null) return `; write ${NOUNS[type] ?? 'a value'}${OR_NOTHING}`;
  if (typeof value === 'object') return '';
  const text = String(value);
  if (text.length > MAX_LENGTH) return '';
  switch (type) {
    case 'string':
      return `; quote it: ${JSON.stringify(text)}`;
    case 'boolean': {
      const meant = WORDS.get(text.trim().toLowerCase());
      if (meant === undefined) return '';
      // In YAML, only quotes make a string of it.
      return `; write ${meant}${text.toLowerCase() === String(meant) ? ' without quotes' : ''}`;
    }
    case 'integer':
    case 'number':
      return typeof value === 'string' ? adviseOnNumber(value.trim(), type === 'integer') : '';
    case 'array':
      return adviseOnList(value);
    default:
      return '';
  }
}

/** Advises on a string in place of a number. */
function adviseOnNumber(text: string, isInteger: boolean): string {
  const number = isInteger ? /^[-+]?\d+$/ : /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
  const [, sign = '', rest = ''] = /^([-+]?)0(\d+)$/.exec(text) ?? [];
  if (rest !== '') {
    const digits = rest.replace(/^0+(?=\d)/, '');
    const isOctal = /^[0-7]{2,10}$/.test(digits);
    const octal = isOctal ? `, or ${sign}${Number.parseInt(digits, 8)} if it is octal` : '';
    return `; write ${sign}${digits}, without the leading zero${octal}`;
  }
  if (number.test(text)) return `; write ${text} without quotes`;
  const grouped = /^[-+]?\d{1,3}(?:[_,' ]\d{3})+(?:\.\d+)?$/.test(text) || /^[-+]?\d+(?:_\d+)+$/.test(text);
  const plain = text.replaceAll(/[_,' ]/g, '');
  if (grouped && number.test(plain)) return `; write ${plain}`;
  const amount = /^([-+]?\d+(?:\.\d+)?) ?(?:%|[a-z]+)$/i.exec(text)?.[1];
  return amount !== undefined && number.test(amount) ? `; write only the number: ${amount}` : '';
}

/** Advises on a scalar in place of a list. */
function adviseOnList(value: string | number | boolean): string {
  if (typeof value !== 'string') return `; write a list: [${value}]`;
  // YAML joins such lines to one string.
  if (/^-\S/.test(value) && !/^-\d/.test(value)) return '; write a space after each "-" of a list';
  const parts = value.split(',').map((part) => part.trim());
  const items = parts.every((part) => part !== '') ? parts : [value];
  return `; write a list: [${items.map((item) => JSON.stringify(item)).join(', ')}]`;
}

/** Advises on a string that does not match `pattern`: what is probably meant, and matches. */
export function adviseOnPattern(value: unknown, pattern: string): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return '';
  // The time zone of UTC; a date with slashes, or a space before its time; a version with one number, or three.
  const zoned = value.replace(/ ?(?:Z|UTC)$/i, '+00:00');
  const dated = zoned.replaceAll('/', '-').replace(' ', 'T');
  const form = [CREATED_AT_FORM, VERSION_FORM].find(({ source }) => source === pattern);
  const meant = [zoned, dated, `${value}.0`, value.split('.', 2).join('.')].find((text) => form?.test(text));
  return meant === undefined ? '' : `; write ${JSON.stringify(meant)}`;
}

/** Advises on a string that must be one of `names`. */
export function adviseOnChoice(value: unknown, names: readonly unknown[]): string {
  if (Array.isArray(value)) return '; choose one of them';
  if (typeof value !== 'string') return '';
  const similar = findSimilar(
    value.toLowerCase(),
    names.filter((name) => typeof name === 'string'),
  );
  return similar === undefined ? '' : `; did you mean ${JSON.stringify(similar)}?`;
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
  const known = new Set(unexpected.slice(0, MAX_NAMES).flatMap((name) => insteadOf(name) ?? []));
  const others = unexpected.filter((name) => insteadOf(name) === undefined);
  return [...known].map((advice) => `; ${advice}`).join('') + adviseOnOthers(others, allowed);
}

function adviseOnOthers([name, ...more]: readonly string[], allowed: readonly string[]): string {
  if (name === undefined) return '';
  const similar = more.length > 0 ? undefined : findSimilar(name, allowed);
  if (similar !== undefined) return `; did you mean ${quote(similar)}?`;
  if (allowed.length === 0) return '; no name is allowed here';
  return `; allowed: ${joinFirst(allowed.slice(0, MAX_NAMES).map(quote), allowed.length)}`;
}

/** Returns the name that is most like `name`. The lengths are limited, since a file may have many issues. */
export function findSimilar(name: string, names: readonly string[]): string | undefined {
  if (name.length > MAX_LENGTH || names.length > MAX_NAMES) return undefined;
  return similarNames(
    name,
    names.filter(({ length }) => length <= 3 * name.length && name.length <= 3 * length),
    MIN_SIMILARITY,
  )[0];
}

function quote(name: string): string {
  return `'${escapeControlChars(truncate(name, 100))}'`;
}
