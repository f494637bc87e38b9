/** Text of a file in a message: nothing that a terminal obeys. Pure: any thread may use it. */

/** Control characters, what breaks lines beside them, and what turns the direction of a line. */
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * `text` on one line, with such characters written as `\u001b`. Names and values come from files that anybody may have
 * written: as they are they could forge lines of a log.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for a text of several lines, each of them known to be a line: line ends and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(/[^\n\t]+/g, printable);
}
