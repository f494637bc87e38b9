/**
 * Formats messages as annotations of GitHub Actions, which a pull request shows at the line that they are about. Pure.
 *
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */

/** A place in a file. */
export interface FilePlace {
  readonly file: string;
  readonly line: number | string;
  readonly column: number | string;
}

/** A place at the end of a line. */
interface Place extends FilePlace {
  /** The text before the place. */
  readonly before: string;
}

/**
 * Formats a message of one or several lines: an annotation for each line that ends with a place in parentheses,
 * `(values/shop/default/a.yaml:3:10)`. If no line does, one annotation for the whole message.
 */
export function formatAnnotations(level: 'error' | 'warning' | 'notice', message: string): string {
  const lines = message.split('\n');
  const places = lines.map(findPlace);
  // A heading, such as the name of the file, is in the place already.
  const annotations = places.flatMap((place) =>
    place === undefined ? [] : [formatAnnotation(level, place.before, place)],
  );
  return annotations.length === 0 ? formatAnnotation(level, message) : annotations.join('');
}

/** Formats one annotation. */
export function formatAnnotation(level: 'error' | 'warning' | 'notice', message: string, place?: FilePlace): string {
  const properties =
    place === undefined ? '' : ` file=${escapeProperty(place.file)},line=${place.line},col=${place.column}`;
  return `::${level}${properties}::${escapeMessage(message.trim())}\n`;
}

/** Finds the place at the end of a line. Not by an expression: a line may have millions of characters. */
function findPlace(line: string): Place | undefined {
  const start = line.lastIndexOf('(');
  if (start < 0 || !line.endsWith(')')) return undefined;
  const parts = line.slice(start + 1, -1).split(':');
  const [column = '', lineNumber = ''] = [parts.pop(), parts.pop()];
  const file = parts.join(':');
  if (!isNumber(column) || !isNumber(lineNumber) || file === '') return undefined;
  return { file, line: lineNumber, column, before: line.slice(0, start) };
}

function isNumber(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
