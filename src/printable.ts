/** Text of a file in a message: on one line, and nothing that a terminal obeys. Pure: any thread may use it. */

/** Control characters, what breaks lines beside them, and what turns the direction of a line. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * `text` with such characters written as `\u001b`. Names and values come from files that anybody may have written: as
 * they are they could forge lines of a log.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
