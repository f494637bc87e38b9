/** Globs: only `*` is special, and stands for any text, also none. Matched without a regular expression. */

/**
 * Whether the whole of a text is matched by `glob`; both have to be lower-cased, or neither.
 *
 * The pieces between the stars are found one after the other, each as early as it may be, and none is ever looked for
 * again: a later place for a piece leaves less for those that follow. So the time is bounded by the length of the text
 * times that of the glob, however many stars there are: a values file cannot make a thread hang.
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
    // The head and the tail may not share characters.
    return position <= text.length - tail.length;
  };
}
