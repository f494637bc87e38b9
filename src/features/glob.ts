/** Globs, in which only `*` is special: it matches any string, even an empty one. No regular expressions. Pure. */

/**
 * Compiles `glob` to a function that returns whether the glob matches a whole string. Lower-case both, or neither.
 *
 * The function finds the pieces between the stars one after the other, each at its earliest position, and never
 * backtracks: a later position of a piece leaves less for the pieces after it. So the time is bounded by the length of
 * the string times the length of the glob, however many stars there are: a values file cannot hang a thread.
 */
export function compileGlob(glob: string): (text: string) => boolean {
  const [head = '', ...rest] = glob.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (text) => text === glob;
  const pieces = rest.filter((piece) => piece !== '');
  return (text) => {
    if (!text.startsWith(head) || !text.endsWith(tail)) return false;
    let position = head.length;
    for (const piece of pieces) {
      const place = text.indexOf(piece, position);
      if (place < 0) return false;
      position = place + piece.length;
    }
    // The head and the tail must not share characters.
    return position <= text.length - tail.length;
  };
}
