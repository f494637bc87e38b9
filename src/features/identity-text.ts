/** A context's values as texts, exactly as the family writes them: an identity is a hash of them. Used by readers. */

/**
 * `value` as Python's `str` writes it, but for strings in lists, which stand without quotes, and objects, which are
 * compact JSON with sorted keys. What JSON cannot say is `None`.
 */
import { compareCodePoints } from '../common/text.js';
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

/** JavaScript does not know 1.0 from 1: both are an integer here. A −0 is none, and Python's is a float. */
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

/** Compact JSON with keys sorted by code point. */
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

/** Whether a property with that value is one in JSON. */
export function isPresent(value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}

/** As Rust's JSON has it: an exponent below 1e-5 and from 1e16 on, where JavaScript's begin at 1e-7 and 1e21. */
function formatJsonNumber(value: number): string {
  if (isInteger(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const size = Math.abs(value);
  if (size >= 1e16 || size < 1e-5) return value.toExponential().replace('e+', 'e');
  return Number.isInteger(value) ? `${value}.0` : formatNumber(value);
}
