/**
 * Parses strict JSON: what a JavaScript value can hold without loss, and nothing else that `JSON.parse` accepts. Runs
 * in the watcher and in the command line, never in a reader.
 */

import type { OptionValue } from '../common/value.js';
import { type JsonIssue, locateIssue, MAX_DEPTH } from './json-error-position.js';
import { findPosition } from './text-position.js';
import { findUnsafeIntegers, type UnsafeInteger } from './unsafe-integers.js';
import { decodePrefix } from './utf8.js';

export { MAX_DEPTH } from './json-error-position.js';
export type { UnsafeInteger } from './unsafe-integers.js';

/** A parsed document, and its integers that a JavaScript number cannot hold. */
export interface ParsedJson {
  readonly value: OptionValue;
  /**
   * The integers beyond ±(2^53 − 1), as written; `value` holds them rounded. If one place has very many, only some are
   * listed: at least one below each member of each of the document's members that has any.
   */
  readonly unsafeIntegers: readonly UnsafeInteger[];
}

/** The document is not strict JSON. The message quotes nothing of it, because it may be secret. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  /** The line of the issue, from 1. */
  readonly line: number;
  /** The column of the issue in its line, from 1, in UTF-16 units, as editors count. */
  readonly column: number;

  constructor(what: string, line: number, column: number) {
    super(`Failed to parse JSON: ${what} at line ${line} column ${column}`);
    this.line = line;
    this.column = column;
  }
}

/**
 * Parses `bytes`, which must be UTF-8 without a byte-order mark. Of duplicate keys the last one counts; `__proto__` is
 * a key like any other.
 *
 * `JSON.parse` does the work, because no parser written in JavaScript comes near its speed. One walk over its result
 * finds what it accepts and strict JSON does not; the text is scanned again only after that walk found something.
 *
 * @throws {JsonError} if the document is not JSON, nests deeper than {@link MAX_DEPTH}, or contains a number outside
 *   the range of a double, a lone surrogate or invalid UTF-8; has line and column
 */
export function parseJson(bytes: Uint8Array): ParsedJson {
  const text = decode(bytes);
  let value: OptionValue;
  try {
    value = JSON.parse(text);
  } catch {
    // Not kept as the cause: some versions of V8 quote the document, which may be secret.
    throw makeError(text, locateIssue(text));
  }
  const numbers = { unsafe: false };
  if (!isStrict(value, 0, numbers)) throw makeError(text, locateIssue(text));
  return { value, unsafeIntegers: numbers.unsafe ? findUnsafeIntegers(text) : [] };
}

/** Whether strict JSON can express `value`, which `depth` containers enclose. The recursion ends at MAX_DEPTH. */
function isStrict(value: OptionValue, depth: number, numbers: { unsafe: boolean }): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') {
    if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      numbers.unsafe = true;
      return Number.isFinite(value);
    }
    return true;
  }
  if (typeof value !== 'object' || value === null) return true;
  if (depth === MAX_DEPTH) return false;
  if (Array.isArray(value)) {
    for (const entry of value) if (!isStrict(entry, depth + 1, numbers)) return false;
    return true;
  }
  const object = value as { readonly [key: string]: OptionValue };
  for (const key of Object.keys(object)) {
    if (!key.isWellFormed() || !isStrict(object[key] as OptionValue, depth + 1, numbers)) return false;
  }
  return true;
}

function makeError(text: string, issue: JsonIssue): JsonError {
  const { line, column } = findPosition(text, issue.offset);
  return new JsonError(issue.what, line, column);
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new JsonError('byte-order mark (save the file without one)', 1, 1);
  }
  try {
    return decodeInPieces(bytes);
  } catch {
    const text = decodePrefix(bytes);
    throw makeError(text, { what: 'invalid UTF-8', offset: text.length });
  }
}

/**
 * Node keeps a text of more than this many bytes outside of V8's heap, on some versions, where the garbage collector hardly
 * counts it: a watcher would keep dozens of them.
 */
const MAX_PIECE_BYTES = 2 ** 19;
/** The longest text that is put together of pieces: for a moment, it takes twice its length. */
const MAX_JOINED_BYTES = 2 ** 21;

/** @throws {TypeError} if `bytes` are not UTF-8 */
function decodeInPieces(bytes: Uint8Array): string {
  // A piece may begin with U+FEFF, which is not a byte-order mark there.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  if (bytes.length <= MAX_PIECE_BYTES || bytes.length > MAX_JOINED_BYTES) return decoder.decode(bytes);
  let text = '';
  for (let begin = 0; begin < bytes.length; ) {
    let end = Math.min(begin + MAX_PIECE_BYTES, bytes.length);
    // Before a character, not inside: its other bytes begin with the bits 10. At most three, or the bytes are not UTF-8.
    for (let back = 0; back < 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back++) end--;
    text += decoder.decode(bytes.subarray(begin, end));
    begin = end;
  }
  return text;
}
