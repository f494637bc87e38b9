/** Makes names, values and messages harmless to show: whatever they hold, each character is visible. Pure. */
import type { OptionValue } from '../../../src/common/value.js';

/** Characters that a browser hides, or that reorder or break a line. Half a surrogate pair is one of them. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Escapes characters that cannot be seen, as `\u001b`. Nothing else: the page shows strings as text, never as HTML. */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0');
    return code.length > 4 ? `\\u{${code}}` : `\\u${code}`;
  });
}

/** Escapes the lines of a message. Keeps line ends and tabs. */
export function escapeLines(text: string): string {
  return text.replace(/[^\n\t]+/g, escapeInvisible);
}

/** Truncates `text` to about `max` UTF-16 units. Never splits a pair. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  // Beyond U+FFFF, a character is a code point of two units.
  const end = (text.codePointAt(max - 1) ?? 0) > 0xffff ? max - 1 : max;
  return `${text.slice(0, end)}…`;
}

/** Formats a value on one line, as JSON of about `max` characters at most. The time does not depend on the rest. */
export function formatLine(value: OptionValue, max: number): string {
  const start = typeof value === 'string' && value.length > max ? value.slice(0, max) : value;
  return escapeInvisible(truncate(stringify(start), max));
}

/** Formats a value as JSON on several lines. A string of several lines is broken after each `\n`. */
export function formatBlock(value: OptionValue): string {
  if (typeof value !== 'string') return escapeLines(stringify(value, 2));
  const lines = value.split('\n').map((line) => escapeInvisible(JSON.stringify(line).slice(1, -1)));
  return `"${lines.join('\\n\n')}"`;
}

/** Returns the JSON of a value. Only a value that nests thousands of levels deep has none. */
export function stringify(value: OptionValue, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch {
    return '(nested too deeply to show)';
  }
}

/** Returns the first `max` characters of a text, and how many follow. */
export function fold(text: string, max: number): { readonly shown: string; readonly hidden: number } {
  // A button to show ten more characters helps nobody.
  if (text.length <= max * 1.2) return { shown: text, hidden: 0 };
  const shown = truncate(text, max).slice(0, -1);
  return { shown, hidden: text.length - shown.length };
}
