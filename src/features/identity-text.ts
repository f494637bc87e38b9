/** Formats a context's values exactly as the Rust and Python clients do: an identity is a hash of them. Pure. */
import { compareCodePoints } from '../common/text.js';

/**
 * Formats `value` as Python's `str` does, with two exceptions: strings in lists have no quotes, and objects are compact
 * JSON with sorted keys. What JSON cannot express becomes `None`.
 */
export function formatIdentityValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      return Number.isFinite(value) ? formatNumber(value) : 'None';
    case 'bigint':
      return value.toString();
    case 'object':
      if (value === null) return 'None';
      if (Array.isArray(value)) return `[${Array.from(value, formatIdentityValue).join(', ')}]`;
      return formatJson(value);
    default:
      return 'None';
  }
}

/** JavaScript does not distinguish 1.0 from 1: both are integers here. −0 is not, because in Python it is a float. */
function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function formatNumber(value: number): string {
  if (isInteger(value)) return String(value);
  if (Number.isInteger(value)) return Object.is(value, -0) ? '-0.0' : `${BigInt(value)}.0`;
  const text = String(value);
  const exponent = /^(?<sign>-?)(?<first>\d)(?:\.(?<rest>\d+))?e-(?<places>\d+)$/.exec(text)?.groups;
  if (exponent === undefined) return text;
  const { sign, first, rest = '', places } = exponent;
  return `${sign}0.${'0'.repeat(Number(places) - 1)}${first}${rest}`;
}

/** Formats compact JSON with keys sorted by code point. */
function formatJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? formatJsonNumber(value) : 'null';
    case 'bigint':
      return value.toString();
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${Array.from(value, formatJson).join(',')}]`;
      return formatObject(value as Readonly<Record<string, unknown>>);
    default:
      return 'null';
  }
}

function formatObject(object: Readonly<Record<string, unknown>>): string {
  const members: string[] = [];
  for (const key of Object.keys(object).sort(compareCodePoints)) {
    const value = object[key];
    if (isPresent(value)) members.push(`${JSON.stringify(key)}:${formatJson(value)}`);
  }
  return `{${members.join(',')}}`;
}

/** Whether JSON includes a property with this value. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

/** Formats a number as Rust's JSON does: with an exponent below 1e-5 and from 1e16 up (JavaScript: 1e-7 and 1e21). */
function formatJsonNumber(value: number): string {
  if (isInteger(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-5) return value.toExponential().replace('e+', 'e');
  return Number.isInteger(value) ? `${value}.0` : formatNumber(value);
}
