/** Finds lines and columns in a string. Pure; runs in the watcher and in the command line. */

/** A place in a string: line and column from 1, in UTF-16 units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Converts an offset, in UTF-16 units from 0, to a line and a column. */
export function findPosition(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++;
  return { line, column: before.length - before.lastIndexOf('\n') };
}
