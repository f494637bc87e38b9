/** Escapes, truncates, lists and compares the strings in messages. Pure; any thread may import it. */

/**
 * Control characters, line separators, characters that change the direction of a line (all that Unicode has), and the
 * byte-order mark, which a terminal does not show.
 */
const CONTROL_CHARS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/gu;
/** The most characters of a caller's string that a message shows. */
const MAX_SHOWN = 200;

/**
 * Escapes control characters in `text`, as `\u001b`, so that it stays on one line. Names and values come from files
 * that anyone may write: unescaped, they could forge log lines or control a terminal.
 */
export function escapeControlChars(text: string): string {
  return text.replace(CONTROL_CHARS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Escapes control characters in a string of several trusted lines. Keeps line ends and tabs. */
export function escapeControlCharsInLines(text: string): string {
  return text.replace(/[^\n\t]+/g, escapeControlChars);
}

/** Formats a caller's string for a message: escaped, and truncated to 200 characters. */
export function formatText(text: string): string {
  return escapeControlChars(truncate(text, MAX_SHOWN));
}

/** Formats a name for a message: in quotes, or by its type if a caller passed something other than a string. */
export function formatName(name: unknown): string {
  if (typeof name === 'string') return `'${formatText(name)}'`;
  // Not `String(name)`: an object can throw there, and a bigint can be huge.
  return name === undefined || name === null ? `'${name}'` : `of type ${typeof name}`;
}

/** Truncates `text` to `maxLength` code points and adds an ellipsis. The time does not depend on the rest of `text`. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  // A code point has up to two UTF-16 units, and must not be split.
  const characters = [...text.slice(0, 2 * maxLength + 2)];
  return characters.length > maxLength ? `${characters.slice(0, maxLength).join('')}…` : text;
}

/** Truncates `text` to `maxBytes` of UTF-8, ellipsis included. */
export function truncateBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // Step back to the first byte of a character, so that none is split.
  let end = maxBytes - Buffer.byteLength('…');
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end)}…`;
}

/**
 * Joins `items` and adds how many more there are.
 *
 * @param count the number of all items, of which `items` are the first
 * @example joinFirst(['a', 'b'], 5) // 'a, b and 3 more'
 */
export function joinFirst(items: readonly string[], count: number): string {
  return `${items.join(', ')}${count > items.length ? ` ${formatRest(count - items.length)}` : ''}`;
}

/**
 * Formats the number of items that a list omits.
 *
 * @example formatRest(3) // 'and 3 more'
 */
export function formatRest(count: number): string {
  return `and ${count} more`;
}

/**
 * Compares by code points, for `sort`. JavaScript itself compares UTF-16 units, which puts U+1F600 before U+E000.
 *
 * @returns less than 0 if `a` comes first, more than 0 if `b` does
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left === right) continue;
    return isSurrogate(left) === isSurrogate(right) ? left - right : isSurrogate(left) ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
