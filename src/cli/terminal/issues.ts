/** The warnings and errors of a command, for programs: what is wrong, and where. Pure. */
import { formatJson } from './format.js';

/** A warning or an error. */
export interface CommandIssue {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** Null if the issue is not about a file. */
  readonly file: string | null;
  /** Null, as is the column, if the issue is not about a place in the file. */
  readonly line: number | null;
  readonly column: number | null;
}

/**
 * Splits a message: an issue for each line that ends with a place in parentheses, `(values/shop/default/a.yaml:3:10)`. If no
 * line does, the whole message is one issue, about `file`.
 */
export function splitMessage(
  severity: CommandIssue['severity'],
  message: string,
  file: string | null = null,
): readonly CommandIssue[] {
  // A heading, such as the name of the file, is in the place already.
  const located = message.split('\n').flatMap((line) => locate(severity, line) ?? []);
  if (located.length > 0) return located;
  return [{ severity, message, file, line: null, column: null }];
}

/** Formats issues as JSON. */
export function formatIssuesJson(issues: readonly CommandIssue[]): string {
  return formatJson({ issues });
}

/** Finds the place at the end of a line. Not by an expression: a line may have millions of characters. */
function locate(severity: CommandIssue['severity'], text: string): CommandIssue | undefined {
  const start = text.lastIndexOf('(');
  if (start < 0 || !text.endsWith(')')) return undefined;
  const parts = text.slice(start + 1, -1).split(':');
  const [column = '', line = ''] = [parts.pop(), parts.pop()];
  // A pull request knows the file without the commit.
  const file = parts.join(':').replace(/^[\da-f]{40}:/, '');
  if (!isNumber(column) || !isNumber(line) || file === '') return undefined;
  return { severity, message: text.slice(0, start).trim(), file, line: Number(line), column: Number(column) };
}

function isNumber(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}
