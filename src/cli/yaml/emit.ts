/**
 * Writes a string as a YAML scalar: plain if parsers of YAML 1.1 and 1.2 read that as a string, else in quotes; a string
 * of several lines as a literal block; nothing is folded. Otherwise the form is that of the Rust command line. Pure.
 */

/** Formats `text` as the value of a key whose line is indented by `indent` spaces, without the final line break. */
export function emitText(text: string, indent: number): string {
  if (UNPRINTABLE.test(text) || / \n/.test(text)) return quoteDouble(text);
  if (text.includes('\n')) return text.endsWith(' ') ? quoteDouble(text) : formatLiteral(text, indent + 2);
  return isPlainText(text) ? text : quoteSingle(text);
}

/**
 * The characters, apart from a line feed, that need an escape. U+2028 and U+2029 are line breaks in YAML 1.1 and
 * characters like any other in YAML 1.2.
 */
const UNPRINTABLE = /[^\n\u0020-\u007E\u00A0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFF}]/u;

function isPlainText(text: string): boolean {
  if (text === '' || /^ | $/.test(text)) return false;
  // Indicators: characters with a meaning at the beginning, or anywhere.
  if (/^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?: |$))|:(?: |$)| #/.test(text)) return false;
  return !WORD.test(text) && !NUMBER.test(text);
}

/**
 * What is not a string for a parser of YAML 1.1 or 1.2, in any case of letters. kubectl reads YAML 1.1: it would read
 * an annotation `no` as false, and reject it.
 *
 * @see https://yaml.org/type/
 */
const WORD = /^(?:~|null|true|false|yes|no|on|off|y|n|=|<<|[-+]?\.inf|\.nan)$/i;

/** An integer, a float, or a number of base 60 (`1:30`). Dates are strings for kubectl, and plain as in Rust. */
const NUMBER =
  /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[\da-f_]+|(?:\d[\d_]*(?::[0-5]?\d)*(?:\.[\d._]*)?|\.[\d._]*)?(?:e[-+]?\d+)?)$/i;

function quoteSingle(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
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

/** The characters that need an escape in double quotes. */
const NEEDS_ESCAPE =
  /["\\\n]|[^\u0020-\u007E\u00A0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD\u{10000}-\u{10FFFF}]/gu;

function escapeHex(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return code.length <= 2 ? `x${code.padStart(2, '0')}` : `u${code.padStart(4, '0')}`;
}

function formatLiteral(text: string, indent: number): string {
  // Without the hint, a parser takes the leading spaces of the first line for the block's indentation.
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomping = /^\n$|\n\n$/.test(text) ? '+' : text.endsWith('\n') ? '' : '-';
  // Empty lines are not indented. Without the last line break: the caller adds it after the value.
  const lines = text.replace(/\n$/, '').replaceAll(/^(?=.)/gm, ' '.repeat(indent));
  return `|${hint}${chomping}\n${lines}`;
}
