/**
 * What a YAML scalar is. Pure.
 *
 * By the rules of the family: YAML 1.2's core schema, with binary integers and without octal ones that begin with a mere
 * zero. Integers are exact, up to 64 bits. What JSON cannot say is refused, and not turned into something else.
 */

/** A scalar, and its text in JSON: numbers are kept as they are, which a JavaScript number cannot. */
import { truncate } from '../../common/text.js';
export interface ScalarValue {
  readonly type: 'null' | 'boolean' | 'integer' | 'float' | 'text';
  readonly json: string;
}

/** A scalar that is none of JSON's. The message is the end of a sentence about its place. */
export class ScalarError extends Error {
  /** Whether it is good YAML, but no value. */
  readonly isValue: boolean;

  constructor(message: string, { isValue = false } = {}) {
    super(message);
    this.isValue = isValue;
  }
}

const NULL: ScalarValue = { type: 'null', json: 'null' };
const STANDARD = 'tag:yaml.org,2002:';

const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 64n - 1n;

/**
 * The value of a scalar.
 *
 * @param text what stands there, without quotes and escapes
 * @param tag the whole tag, `tag:yaml.org,2002:int`, where there is one
 * @throws {ScalarError}
 */
export function resolveScalar(text: string, isPlain: boolean, tag: string | undefined): ScalarValue {
  switch (tag) {
    case undefined:
      return isPlain ? resolvePlain(text) : makeText(text);
    case `${STANDARD}null`:
      return readNull(text) ?? makeError(text, 'null');
    case `${STANDARD}bool`:
      return readBoolean(text) ?? makeError(text, 'a boolean');
    case `${STANDARD}int`:
      return readInteger(text) ?? makeError(text, 'an integer');
    case `${STANDARD}float`:
      return readFloat(text) ?? makeError(text, 'a float');
    default:
      return makeText(text);
  }
}

/** The text as JSON has it. */
function makeText(text: string): ScalarValue {
  return { type: 'text', json: JSON.stringify(text) };
}

function resolvePlain(text: string): ScalarValue {
  if (text === '') return NULL;
  return readNull(text) ?? readBoolean(text) ?? readInteger(text) ?? readFloat(text) ?? makeText(text);
}

function makeError(text: string, expected: string): never {
  throw new ScalarError(`${JSON.stringify(text)} is not ${expected}, which its tag says`);
}

function readNull(text: string): ScalarValue | undefined {
  return /^(?:null|Null|NULL|~)$/.test(text) ? NULL : undefined;
}

function readBoolean(text: string): ScalarValue | undefined {
  return /^(?:true|True|TRUE|false|False|FALSE)$/.test(text)
    ? { type: 'boolean', json: text.toLowerCase() }
    : undefined;
}

/** Digits after a leading zero are a text, as YAML 1.2 has it: other versions read them as octal. */
function isZeroPadded(text: string): boolean {
  return /^[-+]?0\d+$/.test(text);
}

const INTEGER =
  /^(?<sign>[-+]?)(?<prefix>0x(?=[\da-fA-F]+$)|0o(?=[0-7]+$)|0b(?=[01]+$)|(?=\d+$))0*(?<digits>[\da-fA-F]*)$/;

function readInteger(text: string): ScalarValue | undefined {
  const { sign, prefix, digits = '' } = isZeroPadded(text) ? {} : (INTEGER.exec(text)?.groups ?? {});
  if (sign === undefined) return undefined;
  // 64 bits have at most 64 digits: no more of them are worth the time to read them.
  const size = digits.length > 64 ? MAX_INTEGER + 1n : BigInt(`${prefix}${digits || '0'}`);
  const value = sign === '-' ? -size : size;
  if (value < MIN_INTEGER || value > MAX_INTEGER) {
    const shown = digits.length > 64 ? truncate(text, 100) : String(value);
    throw new ScalarError(`the integer ${shown} is not between -2^63 and 2^64 - 1; make it a text, or a float`);
  }
  return { type: 'integer', json: String(value) };
}

const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

function readFloat(text: string): ScalarValue | undefined {
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(text)) {
    throw new ScalarError(`${text} is a number that JSON cannot hold; quote it if it is a text`, { isValue: true });
  }
  if (isZeroPadded(text) || !FLOAT.test(text)) return undefined;
  const value = Number(text);
  // What is too large is a text.
  return Number.isFinite(value) ? { type: 'float', json: formatFloat(value) } : undefined;
}

/**
 * A float as the family writes it: always with a point or an exponent, so that it stays one where integers and floats
 * are told apart. `1.0`, `0.00001`, `1e-6`, `1000000000000000.0`, `1e16`.
 */
export function formatFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace('.', '');
  // Where the point is, counted from the first digit.
  const point = Number(exponent) + 1;
  if (point > 16 || point <= -5) return `${sign}${mantissa}e${Number(exponent)}`;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}.${digits.slice(point) || '0'}`;
}
