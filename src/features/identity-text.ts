/** Formats a context's values exactly as the Rust and Python clients do: an identity is a hash of them. Pure. */
import { compareCodePoints } from '../common/text.js';
import { type ContextReader, checkBigInt } from './context-limits.js';

/**
 * Formats the value of a context's property as Python's `str` does, with two exceptions: strings in lists have no
 * quotes, and objects are compact JSON with sorted keys. What JSON cannot express becomes `None`.
 *
 * @param reader counts what is read of the context
 * @param depth 1 for the value of a property
 * @throws {ContextLimitError} if the context is too large
 */
export function formatIdentityValue(value: unknown, reader: ContextReader, depth = 1): string {
  switch (typeof value) {
    case 'string':
      reader.countCharacters(value);
      return value;
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      return Number.isFinite(value) ? formatNumber(value, reader) : 'None';
    case 'bigint':
      return formatBigInt(value, reader);
    case 'object':
      if (value === null) return 'None';
      if (!Array.isArray(value)) return formatJson(value, reader, depth);
      return `[${formatEntries(value, reader, depth, formatIdentityValue).join(', ')}]`;
    default:
      return 'None';
  }
}

type Format = (value: unknown, reader: ContextReader, depth: number) => string;

function formatEntries(list: readonly unknown[], reader: ContextReader, depth: number, format: Format): string[] {
  const length = reader.countEntries(list, depth);
  const texts: string[] = [];
  // By index, not by the iterator, which a caller's array may replace.
  for (let index = 0; index < length; index++) texts.push(format(list[index], reader, depth + 1));
  return texts;
}

/** The digits count as characters: there may be 309 of them, in a number of five characters. */
function formatBigInt(value: bigint, reader: ContextReader): string {
  checkBigInt(value);
  const digits = value.toString();
  reader.countCharacters(digits);
  return digits;
}

/** JavaScript does not distinguish 1.0 from 1: both are integers here. −0 is not, because in Python it is a float. */
export function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function formatNumber(value: number, reader: ContextReader): string {
  if (isInteger(value)) return String(value);
  if (Number.isInteger(value)) return Object.is(value, -0) ? '-0.0' : `${formatBigInt(BigInt(value), reader)}.0`;
  const text = String(value);
  const exponent = /^(?<sign>-?)(?<first>\d)(?:\.(?<rest>\d+))?e-(?<places>\d+)$/.exec(text)?.groups;
  if (exponent === undefined) return text;
  const { sign, first, rest = '', places } = exponent;
  return `${sign}0.${'0'.repeat(Number(places) - 1)}${first}${rest}`;
}

/** Formats compact JSON with keys sorted by code point. */
function formatJson(value: unknown, reader: ContextReader, depth: number): string {
  switch (typeof value) {
    case 'string':
      reader.countCharacters(value);
      return JSON.stringify(value);
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? formatJsonNumber(value, reader) : 'null';
    case 'bigint':
      return formatBigInt(value, reader);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${formatEntries(value, reader, depth, formatJson).join(',')}]`;
      return formatObject(value as Readonly<Record<string, unknown>>, reader, depth);
    default:
      return 'null';
  }
}

function formatObject(object: Readonly<Record<string, unknown>>, reader: ContextReader, depth: number): string {
  const members: string[] = [];
  for (const key of reader.listNames(object, depth).sort(compareCodePoints)) {
    const value = object[key];
    if (!isPresent(value)) continue;
    reader.countCharacters(key);
    members.push(`${JSON.stringify(key)}:${formatJson(value, reader, depth + 1)}`);
  }
  return `{${members.join(',')}}`;
}

/** Whether JSON includes a property with this value. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

/** Formats a number as Rust's JSON does: with an exponent below 1e-5 and from 1e16 up (JavaScript: 1e-7 and 1e21). */
function formatJsonNumber(value: number, reader: ContextReader): string {
  if (isInteger(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-5) return value.toExponential().replace('e+', 'e');
  return Number.isInteger(value) ? `${value}.0` : formatNumber(value, reader);
}
