/** Finds characters that look like a space in an editor, such as U+00A0, and are none in YAML. Pure. */

/** Returns the name of such a character that `text` begins with; undefined if it does not. */
export function findBlank(text: string): string | undefined {
  return nameOf(/^[^\S \t\r\n]/.exec(text)?.[0]);
}

/** Returns the name of such a character after the colon or the dash that `text` begins with; undefined if there is none. */
export function findBlankAfterMark(text: string): string | undefined {
  return nameOf(/^(?:-|[^:]*:)([^\S \t\r\n])/.exec(text)?.[1]);
}

function nameOf(character: string | undefined): string | undefined {
  return character && `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
