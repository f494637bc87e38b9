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
  const place = (at: number, advise: (line: number) => string): SyntaxAdvice => {
    const position = findPosition(text, at);
    return { advice: `; ${advise(position.line)}`, at: position };
  };
  if (message.includes('trailing comma') && before.endsWith(',')) {
    return place(before.length - 1, (at) => `remove the comma in line ${at}`);
  }
  // Quotes within a text cause the same error: only a name, or what begins a line, lacks a comma.
  const begins = /^\s*\n/.test(text.slice(before.length, offset)) ? /^["[{\w-]/ : /^"[^"]*"\s*:|^[[{]/;
  if (message.includes('expected `,`') && begins.test(rest)) {
    return place(before.length, (at) => `a comma is missing in line ${at}`);
  }
  const open = message.includes('EOF while parsing') ? findOpen(text) : undefined;
  return open === undefined ? NOTHING : place(open, (at) => `the ${text[open]} in line ${at} is not closed`);
}

/**
 * Finds the bracket or the quote that probably lacks its end; undefined if none does. Its time is proportional to the
 * length of the text.
 */
function findOpen(text: string): number | undefined {
  const open: { readonly offset: number; readonly indent: number }[] = [];
  /** The offset of the line's content, and its indentation. */
  let content = /^[ \t]*/.exec(text)?.[0].length ?? 0;
  let indent = content;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"?|[[\]{}]|\n[ \t]*/g)) {
    const last = open.at(-1);
    if (token.startsWith('\n')) {
      indent = token.length - 1;
      content = index + token.length;
    } else if (token.startsWith('"')) {
      if (token.length === 1 || !token.endsWith('"')) return index;
    } else if (/[[{]/.test(token)) open.push({ offset: index, indent });
    // A bracket that ends a line further to the left closes an outer one: the inner one has no end.
    else if (last !== undefined && index === content && indent < last.indent) return last.offset;
    else open.pop();
  }
  return open.at(-1)?.offset;
}
