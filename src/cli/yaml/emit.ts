/**
 * Writes a string as a YAML scalar in the same form as the Rust command line: plain if a parser reads that as a string,
 * else in quotes; a string of several lines as a literal block; nothing is folded. Pure.
 */
import { resolveScalar, ScalarError } from './scalar.js';

/** Formats `text` as the value of a key whose line is indented by `indent` spaces, without the final line break. */
export function emitText(text: string, indent: number): string {
  const isDoubleOnly = UNPRINTABLE.test(text) || / [\n\u2028\u2029]/.test(text);
  if (text.includes('\n'))
    return isDoubleOnly || text.endsWith(' ') ? quoteDouble(text) : formatLiteral(text, indent + 2);
  if (isDoubleOnly || /[\u2028\u2029] /.test(text)) return quoteDouble(text);
  return isPlainText(text) ? text : quoteSingle(text, indent + 2);
}

/** The characters, apart from a line feed, that need an escape. */
const UNPRINTABLE = /[^\n\u0020-\u007E\u00A0-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFF}]/u;

function isPlainText(text: string): boolean {
  if (text === '' || /^ | $|[\u2028\u2029]/.test(text)) return false;
  // Indicators: characters with a meaning at the beginning, or anywhere.
  if (/^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?: |$))|:(?: |$)| #/.test(text)) return false;
  try {
    // Digits after a zero are a string in YAML 1.2, but a number in other versions.
    return resolveScalar(text, true, undefined).type === 'string' && !/^[-+]?0\d+$/.test(text);
  } catch (error) {
    if (error instanceof ScalarError) return false;
    throw error;
  }
}

function quoteSingle(text: string, indent: number): string {
  // With the final quote, because a line that holds only the quote is indented, too.
  return `'${indentAfterBreaks(`${text.replaceAll("'", "''")}'`, indent)}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001B': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

function quoteDouble(text: string): string {
  const escaped = text.replaceAll(NEEDS_ESCAPE, (character) => `\\${ESCAPES[character] ?? escapeHex(character)}`);
  return `"${escaped}"`;
}

const NEEDS_ESCAPE = new RegExp(`["\\\\\\n\\u2028\\u2029]|${UNPRINTABLE.source}`, 'gu');

function escapeHex(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return code.length <= 2 ? `x${code.padStart(2, '0')}` : `u${code.padStart(4, '0')}`;
}

function formatLiteral(text: string, indent: number): string {
  // Without the hint, a parser takes the leading spaces of the first line for the block's indentation.
  const hint = /^[ \n\u2028\u2029]/.test(text) ? '2' : '';
  const chomping = /^[\n\u2028\u2029]$|[\n\u2028\u2029]{2}$/.test(text)
    ? '+'
    : /[\n\u2028\u2029]$/.test(text)
      ? ''
      : '-';
  const first = /^[\n\u2028\u2029]/.test(text) ? '' : ' '.repeat(indent);
  // Without the last line break: the caller adds it after the value.
  return `|${hint}${chomping}\n${first}${indentAfterBreaks(text.replace(/\n$/, ''), indent)}`;
}

/** Indents each line of `text` except the first and empty ones. The Rust command line knows these three line breaks. */
function indentAfterBreaks(text: string, indent: number): string {
  return text.replaceAll(/[\n\u2028\u2029](?![\n\u2028\u2029]|$)/g, (lineBreak) => lineBreak + ' '.repeat(indent));
}
