/** Advises on a schema that is not JSON, by what is at the position of the error, and before it. Pure. */
import { findPosition, type Position } from '../../files/text-position.js';

/** What to do, as the end of a message, and where, if it is not where the parser stopped. */
interface SyntaxAdvice {
  readonly advice: string;
  readonly at?: Position;
}

/** No advice. */
export const NOTHING: SyntaxAdvice = { advice: '' };

/** @param position where the parser stopped, and `message` why */
export function adviseOnSyntax(text: string, message: string, { line, column }: Position): SyntaxAdvice {
  if (text.trim() === '') return { advice: '; the file is empty' };
  const content = text.split('\n')[line - 1] ?? '';
  if (/^(?:<{7}|[|=]{7}|>{7})(?: |\r?$)/.test(content)) return { advice: '; resolve the merge conflict of git' };
  const rest = content.slice(column - 1);
  if (/^(?:\/[/*]|#)/.test(rest)) return { advice: '; JSON has no comments' };
  if (rest.startsWith("'")) return { advice: '; write double quotes' };
  const offset =
    text.length -
    text
      .split('\n')
      .slice(line - 1)
      .join('\n').length +
    column -
    1;
  const before = text.slice(0, offset).trimEnd();
  if (message.includes('trailing comma') && before.endsWith(',')) {
    return { advice: '; remove the comma here', at: findPosition(text, before.length - 1) };
  }
  // Quotes within a text cause the same error: only a name, or what begins a line, lacks a comma.
  const begins = /^\s*\n/.test(text.slice(before.length, offset)) ? /^["[{\w-]/ : /^"[^"]*"\s*:|^[[{]/;
  if (message.includes('expected `,`') && begins.test(rest)) {
    return { advice: '; a comma is missing here', at: findPosition(text, before.length) };
  }
  const open = message.includes('EOF while parsing') ? findOpen(text) : undefined;
  return open === undefined
    ? NOTHING
    : { advice: `; the "${text[open]}" that begins here is not closed`, at: findPosition(text, open) };
}

/** Finds the bracket or the quote that probably lacks its end; undefined if none does. */
function findOpen(text: string): number | undefined {
  const open: { readonly offset: number; readonly indent: number }[] = [];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"?|[[\]{}]/g)) {
    if (token.startsWith('"')) {
      if (token.length === 1 || !token.endsWith('"')) return index;
      continue;
    }
    const indent = indentAt(text, index);
    const last = open.at(-1);
    if (/[[{]/.test(token)) open.push({ offset: index, indent });
    // A bracket that ends a line further to the left closes an outer one: the inner one has no end.
    else if (last !== undefined && beginsLine(text, index) && indent < last.indent) return last.offset;
    else open.pop();
  }
  return open.at(-1)?.offset;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

function beginsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

function indentAt(text: string, offset: number): number {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0].length ?? 0;
}
