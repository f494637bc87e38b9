/**
 * Writing a text as a YAML scalar, as the family does: plain where that is read as a text again, else in quotes; a text
 * of several lines as a literal block; nothing is folded. Pure.
 */
import { resolveScalar, ScalarError } from './scalar.js';

/** `text` as the value of a key whose line is indented by `indent` blanks, without the line end after it. */
export function emitText(text: string, indent: number): string {
  const isDoubleOnly = UNPRINTABLE.test(text) || / [\n\u2028\u2029]/.test(text);
  if (text.includes('\n'))
    return isDoubleOnly || text.endsWith(' ') ? quoteDouble(text) : formatLiteral(text, indent + 2);
  if (isDoubleOnly || /[\u2028\u2029] /.test(text)) return quoteDouble(text);
  return isPlainText(text) ? text : quoteSingle(text, indent + 2);
}

/** What only an escape can say. A line end is none. */
const UNPRINTABLE = /[^\n\u0020-\u007E\u00A0-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFF}]/u;

function isPlainText(text: string): boolean {
  if (text === '' || /^ | $|[\u2028\u2029]/.test(text)) return false;
  // What has a meaning at the beginning, or anywhere.
  if (/^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?: |$))|:(?: |$)| #/.test(text)) return false;
  try {
    // Digits after a zero are a text in YAML 1.2, and a number to others.
    return resolveScalar(text, true, undefined).type === 'text' && !/^[-+]?0\d+$/.test(text);
  } catch (error) {
    if (error instanceof ScalarError) return false;
    throw error;
  }
}

function quoteSingle(text: string, indent: number): string {
  // The quote at the end is a character to be indented, too.
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
  // Without the hint a reader takes the first line's own blanks for the block's indentation.
  const hint = /^[ \n\u2028\u2029]/.test(text) ? '2' : '';
  const chomping = /^[\n\u2028\u2029]$|[\n\u2028\u2029]{2}$/.test(text)
    ? '+'
    : /[\n\u2028\u2029]$/.test(text)
      ? ''
      : '-';
  const first = /^[\n\u2028\u2029]/.test(text) ? '' : ' '.repeat(indent);
  // The last line end is that of the line itself, which follows here anyway.
  return `|${hint}${chomping}\n${first}${indentAfterBreaks(text.replace(/\n$/, ''), indent)}`;
}

/** Indents each line of `text` that is not empty but the first. The other implementations know three line ends. */
function indentAfterBreaks(text: string, indent: number): string {
  return text.replaceAll(/[\n\u2028\u2029](?![\n\u2028\u2029]|$)/g, (lineEnd) => lineEnd + ' '.repeat(indent));
}
