/** Values and tables as text for a terminal. Pure. */
import { escapeControlChars } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';

/** The most characters of a value in a table. */
const MAX_VALUE = 60;

/** A value as JSON on one line; `max` characters of it, or all. */
export function formatValue(value: OptionValue | undefined, max = MAX_VALUE): string {
  if (value === undefined) return '-';
  const text = escapeControlChars(JSON.stringify(value));
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

/** Rows as lines, each column as wide as its widest cell; the first row is the heads of the columns. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
    .concat('\n');
}

/** Data as indented JSON, with a line end. */
export function formatJson(data: unknown): string {
  return `${JSON.stringify(data, undefined, 2)}\n`;
}
