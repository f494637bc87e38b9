/** Says what is wrong with a key, or with a line that has none: comments of other languages, and blanks. Pure. */

import { findBlank, findBlankAfterMark } from './blanks.js';

const COMMENT = 'a comment begins with "#"';

/** Says what to do about a key that is not meant as one; '' if it looks like a name. */
export function adviseOnKey(name: string): string {
  if (isComment(name)) return `; ${COMMENT}`;
  const blank = findBlank(name);
  return blank === undefined ? '' : `; it begins with ${blank}, which only looks like a space: replace it by spaces`;
}

/** Describes the content of a line that is neither a key nor an entry, and continues no text. */
export function describeNoKey(content: string): string {
  if (/^-[^\s-]/.test(content)) return 'a space is missing after the "-" of an entry';
  if (isComment(content)) return COMMENT;
  const blank = findBlankAfterMark(content);
  if (blank !== undefined) return `the line has ${blank}, which only looks like a space; replace it by a space`;
  return 'a colon is missing: each line must be "key: value", or "- entry" of a list';
}

/** Whether a text begins with a comment of JavaScript or C. */
function isComment(text: string): boolean {
  return /^\/[/*]/.test(text);
}
