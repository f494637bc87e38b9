/**
 * Formats issues as annotations of GitHub Actions, which a pull request shows at the line that they are about. Pure.
 *
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */

/** What an annotation is about. */
interface Subject {
  readonly message: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

/** Formats an annotation. */
export function formatAnnotation(
  level: 'error' | 'warning' | 'notice',
  { message, file, line, column }: Subject,
): string {
  const place = line === null ? '' : `,line=${line},col=${column}`;
  const properties = file === null ? '' : ` file=${escapeProperty(file)}${place}`;
  return `::${level}${properties}::${escapeMessage(message)}\n`;
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
