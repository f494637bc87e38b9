/** Finds characters that look like a space in an editor, and are none in YAML. Pure. */

/** Spaces other than those of YAML, such as the non-breaking one, U+00A0; and one without a width. */
const BLANK = /[^\S \t\r\n]|\u200b/;

/** Returns the name of the first such character that `text` has at the beginning, or behind `before`; undefined if there is none. */
export function findBlank(text: string, before = ''): string | undefined {
  const found = new RegExp(`^${before}(${BLANK.source})`).exec(text)?.[1];
  return found && `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Says what to do about a key that is not meant as one; '' if it looks like a name. */
export function adviseOnKey(name: string): string {
  if (/^\/[/*]/.test(name)) return '; a comment begins with "#"';
  const blank = findBlank(name);
  return blank === undefined ? '' : `; it begins with ${blank}, which only looks like a space: replace it by spaces`;
}
