/**
 * Resolves YAML scalars by the rules of the Rust command line: YAML 1.2's core schema, with binary integers, and
 * without octal integers that begin with a bare zero. Integers are exact, up to 64 bits. Rejects what JSON cannot
 * represent. Pure.
 */
import { Scalar } from 'yaml';
import { truncate } from '../../common/text.js';

/** A scalar, with its JSON. Numbers are kept as JSON, because a JavaScript number cannot hold all of them. */
export interface ScalarValue {
  readonly type: 'null' | 'boolean' | 'integer' | 'float' | 'string';
  readonly json: string;
  /** How a scalar that is not a string is written: `1.10`, `True`. */
  readonly source?: string;
}

/** Thrown for a scalar that JSON cannot represent. The message fits after the scalar's path. */
export class ScalarError extends Error {
  /** Whether the scalar is valid YAML without a JSON value. */
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
 * Returns the content of a scalar in the document `text`. The parser adds a line break to a block even if the file ends
 * within the block's last line.
 */
export function readScalar({ value, type, range }: Scalar, text: string): string {
  const content = String(value ?? '');
  const isBlock = type === Scalar.BLOCK_LITERAL || type === Scalar.BLOCK_FOLDED;
  const isCut = isBlock && range?.[1] === text.length && !/[\r\n]$/.test(text);
  return isCut ? content.replace(/\n$/, '') : content;
}

/**
 * Returns the offset of a `- ` that begins a line within a scalar without quotes; undefined if there is none.
 *
 * @param content what `readScalar` returns
 */
export function findMovedEntry({ type, range }: Scalar, content: string, text: string): number | undefined {
  if (type !== Scalar.PLAIN || !range || !/\s- /.test(content)) return undefined;
  const found = /\n[ \t]*(?=- )/.exec(text.slice(range[0], range[1]));
  return found === null ? undefined : range[0] + found.index + found[0].length;
}

/**
 * Resolves a scalar.
 *
 * @param text the content, without quotes and escapes
 * @param isPlain whether the scalar has no quotes and is not a block
 * @param tag the full tag, such as `tag:yaml.org,2002:int`; undefined if there is none
 * @throws {ScalarError} if JSON cannot represent the scalar, or if the scalar contradicts its tag
 */
export function resolveScalar(text: string, isPlain: boolean, tag: string | undefined): ScalarValue {
  switch (tag) {
    case undefined:
      return isPlain ? resolvePlain(text) : makeString(text);
    case `${STANDARD}null`:
      return readNull(text) ?? makeError(text, 'null');
    case `${STANDARD}bool`:
      return readBoolean(text) ?? makeError(text, 'a boolean');
    case `${STANDARD}int`:
      return readInteger(text) ?? makeError(text, 'an integer');
    case `${STANDARD}float`:
      return readFloat(text) ?? makeError(text, 'a float');
    default:
      return makeString(text);
  }
}

function makeString(text: string): ScalarValue {
  return { type: 'string', json: JSON.stringify(text) };
}

function resolvePlain(text: string): ScalarValue {
  if (text === '') return NULL;
  const value = readNull(text) ?? readBoolean(text) ?? readInteger(text) ?? readFloat(text);
  return value === undefined ? makeString(text) : { ...value, source: text };
}

function makeError(text: string, expected: string): never {
  throw new ScalarError(`the tag requires ${expected}; got ${JSON.stringify(text)}`);
}

function readNull(text: string): ScalarValue | undefined {
  return /^(?:null|Null|NULL|~)$/.test(text) ? NULL : undefined;
}

function readBoolean(text: string): ScalarValue | undefined {
  return /^(?:true|True|TRUE|false|False|FALSE)$/.test(text)
    ? { type: 'boolean', json: text.toLowerCase() }
    : undefined;
}

/** Whether the digits follow a zero: a string in YAML 1.2, octal in other versions. */
function isZeroPadded(text: string): boolean {
  return /^[-+]?0\d+$/.test(text);
}

const INTEGER =
  /^(?<sign>[-+]?)(?<prefix>0x(?=[\da-fA-F]+$)|0o(?=[0-7]+$)|0b(?=[01]+$)|(?=\d+$))0*(?<digits>[\da-fA-F]*)$/;

function readInteger(text: string): ScalarValue | undefined {
  const { sign, prefix, digits = '' } = isZeroPadded(text) ? {} : (INTEGER.exec(text)?.groups ?? {});
  if (sign === undefined) return undefined;
  // 64 bits have at most 64 digits. Parsing more of them would only cost time.
  const size = digits.length > 64 ? MAX_INTEGER + 1n : BigInt(`${prefix}${digits || '0'}`);
  const value = sign === '-' ? -size : size;
  if (value < MIN_INTEGER || value > MAX_INTEGER) {
    const shown = digits.length > 64 ? truncate(text, 100) : String(value);
    throw new ScalarError(
      `the integer ${shown} must be between -2^63 and 2^64 - 1; lower it, or declare a string and quote it`,
    );
  }
  return { type: 'integer', json: String(value) };
}

const FLOAT = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

function readFloat(text: string): ScalarValue | undefined {
  if (/^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/.test(text)) {
    throw new ScalarError(`${text} is a number that JSON cannot represent; quote it if it is a string`, {
      isValue: true,
    });
  }
  if (isZeroPadded(text) || !FLOAT.test(text)) return undefined;
  const value = Number(text);
  // A number that is too large for a double is a string.
  return Number.isFinite(value) ? { type: 'float', json: formatFloat(value) } : undefined;
}

/**
 * Formats a float in the same form as the Rust command line: always with a point or an exponent, so that a reader that
 * distinguishes integers and floats reads a float: `1.0`, `0.00001`, `1e-6`, `1000000000000000.0`, `1e16`.
 */
export function formatFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 ? '-' : '';
  const digits = mantissa.replace('.', '');
  // The position of the point, counted from the first digit.
  const point = Number(exponent) + 1;
  if (point > 16 || point <= -5) return `${sign}${mantissa}e${Number(exponent)}`;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.slice(0, point).padEnd(point, '0')}.${digits.slice(point) || '0'}`;
}
