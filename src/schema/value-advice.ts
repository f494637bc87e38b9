/**
 * The end of a message about a value of another type or form: what to write instead. Empty if nothing is likely. Pure;
 * runs with the validator, never in a reader.
 */

import type { OptionValue } from '../common/value.js';
import { CREATED_AT_FORM, VERSION_FORM } from './forms.js';
import { listNames } from './name-advice.js';

/** Values up to this length are repeated in advice. */
const MAX_LENGTH = 50;

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

/** The rules around a value of another type, as far as advice depends on them. */
export interface TypeRules {
  /** The fields of an object, and which of them are required. */
  readonly properties?: Readonly<Record<string, { readonly type?: unknown }>>;
  readonly required?: readonly string[];
  /** The rules of the entries of a list. */
  readonly items?: { readonly type?: unknown };
  /** The only value that is valid. */
  readonly example?: string;
  /** Whether the value is a percentage. */
  readonly isPercentage?: boolean;
  /** Whether the value is a field of an object, which may be required. */
  readonly isField?: boolean;
}

/** Advises on a `value` that is not of the type `type`. */
export function adviseOnType(value: OptionValue, type: string, rules: TypeRules = {}): string {
  if (rules.example !== undefined) return `; write ${rules.example}`;
  if (type === 'object' && (value !== null || rules.isField === true)) return adviseOnObject(value, rules);
  if (value === null) return `; write ${NOUNS[type] ?? 'a value'}${rules.isField === true ? '' : OR_NOTHING}`;
  if (typeof value === 'object') return adviseOnContainer(value, type);
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
    case 'number': {
      const advice = typeof value === 'string' ? adviseOnNumber(value.trim(), type === 'integer') : '';
      if (rules.isPercentage === true) return advice || adviseOnPercentage(Number(text.replace(',', '.')));
      return advice || (typeof value === 'number' ? '; write a whole number' : '');
    }
    case 'array':
      return adviseOnList(value, rules.items?.type);
    default:
      return '';
  }
}

/** Advises on a string in place of a number. */
function adviseOnNumber(text: string, isInteger: boolean): string {
  const [, sign = '', rest = ''] = /^([-+]?)0(\d+)$/.exec(text) ?? [];
  const digits = toNumber(rest, true);
  if (digits !== undefined) {
    const isOctal = /^[0-7]{2,10}$/.test(digits);
    const octal = isOctal ? `, or ${sign}${Number.parseInt(digits, 8)} if it is octal` : '';
    return `; write ${sign}${digits}, without the leading zero${octal}`;
  }
  const number = toNumber(text, isInteger);
  if (number !== undefined) return `; write ${number} without quotes`;
  const isGrouped = /^[-+]?\d{1,3}(?:[_,' ]\d{3})+(?:\.\d+)?$/.test(text) || /^[-+]?\d+(?:_\d+)+$/.test(text);
  // A comma for the decimal point.
  const plain = toNumber(isGrouped ? text.replaceAll(/[_,' ]/g, '') : text.replace(',', '.'), isInteger);
  if (plain !== undefined) return `; write ${plain}`;
  const [, amount = '', unit = ''] = /^([-+]?\d+(?:\.\d+)?) ?(%|[a-z]+)$/i.exec(text) ?? [];
  const value = /^k$/i.test(unit) ? Number(`${amount}e3`) : undefined;
  if (value !== undefined) return isInteger && !Number.isSafeInteger(value) ? '' : `; write ${value}`;
  const share = unit === '%' && !isInteger ? `, or ${Number(amount) / 100} for a share of 1` : '';
  const only = toNumber(amount, isInteger);
  return only === undefined ? '' : `; write only the number: ${only}${share}`;
}

/**
 * Returns the number that `text` is, as both JSON and YAML write it; undefined if it is none, or beyond the integers that
 * all clients can represent.
 */
function toNumber(text: string, isInteger: boolean): string | undefined {
  const form = isInteger ? /^[-+]?\d+$/ : /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i;
  return form.test(text) && Math.abs(Number(text)) <= Number.MAX_SAFE_INTEGER ? String(Number(text)) : undefined;
}

/** Advises on a number in place of a percentage, which may be a share of 1. */
function adviseOnPercentage(value: number): string {
  const percentage = Math.round(value * 100);
  const isShare = value > 0 && value < 1 && percentage > 0;
  // Which one is meant is unknown, and the wrong one is a hundred times as much.
  return isShare
    ? `; it is a percentage in whole numbers: write ${percentage} for a share of ${value}; the smallest one is 1`
    : '; write a whole number from 0 to 100';
}

/** Advises on what is no object: which fields it must have, and what becomes of a string in place of the only one. */
function adviseOnObject(value: OptionValue, { properties = {}, required = [] }: TypeRules): string {
  const [name = '', ...more] = required;
  if (name === '') return '; write an object';
  const isField = more.length === 0 && typeof value === 'string' && properties[name]?.type === 'string';
  if (isField && value.length <= MAX_LENGTH) return `; write {${JSON.stringify(name)}: ${JSON.stringify(value)}}`;
  return `; write an object with ${listNames(required)}`;
}

/** Advises on a list or an object in place of another type. */
function adviseOnContainer(value: OptionValue, type: string): string {
  const [item, ...more] = Array.isArray(value) ? value : [];
  const isMeant = more.length === 0 && (typeof item === type || (type === 'integer' && Number.isInteger(item)));
  const text = isMeant ? JSON.stringify(item) : '';
  if (text !== '' && text.length <= MAX_LENGTH) return `; write ${text}, without a list`;
  if (type === 'string' && !Array.isArray(value)) return adviseOnPair(Object.entries(value as object));
  return type === 'array' ? '; write a list' : '';
}

/** Advises on an object in place of a text: YAML makes one of a colon and a space. */
function adviseOnPair([pair, ...more]: readonly (readonly [string, unknown])[]): string {
  if (pair === undefined || more.length > 0 || typeof pair[1] === 'object') return '';
  const text = pair.join(': ');
  return text.length <= MAX_LENGTH ? `; quote it: ${JSON.stringify(text)}` : '';
}

/** Advises on a scalar in place of a list, whose entries are of the type `type` if it is known. */
function adviseOnList(value: string | number | boolean, type: unknown): string {
  const text = String(value);
  // YAML joins such lines to one string.
  if (/^-[^\s\d]/.test(text)) return '; write a space after each "-" of a list';
  const parts = text.split(',').map((part) => part.trim());
  const entries = (parts.every((part) => part !== '') ? parts : [text]).map((part) =>
    toEntry(part, type ?? typeof value),
  );
  const isWhole = /^\[/.test(text) || entries.includes(undefined);
  return isWhole ? '; write a list' : `; write a list: [${entries.join(', ')}]`;
}

/** Returns a text as an entry of a list with the type `type`; undefined if it is not like one. */
function toEntry(text: string, type: unknown): string | undefined {
  if (type === 'string') return JSON.stringify(text);
  if (type === 'boolean') return WORDS.get(text.toLowerCase())?.toString();
  return type === 'integer' || type === 'number' ? toNumber(text, type === 'integer') : undefined;
}

/** Advises on a string that does not match `pattern`: what is probably meant, and matches. */
export function adviseOnPattern(value: unknown, pattern: string): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return '';
  // The time zone of UTC; a date with slashes, or a space before its time; a version with one number, or three.
  const zoned = value.replace(/ ?(?:Z|UTC)$/i, '+00:00');
  const dated = zoned.replaceAll('/', '-').replace(' ', 'T');
  // With points, the day comes first.
  const ordered = dated.replace(/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/, '$3-$2-$1');
  const padded = ordered.replaceAll(/-(\d)(?=-|$|T)/g, '-0$1');
  const form = [CREATED_AT_FORM, VERSION_FORM].find(({ source }) => source === pattern);
  const texts = [zoned, dated, padded, `${dated}:00`, `${value}.0`, value.split('.', 2).join('.')];
  const meant = texts.find((text) => form?.test(text));
  return meant === undefined ? '' : `; write ${JSON.stringify(meant)}`;
}
