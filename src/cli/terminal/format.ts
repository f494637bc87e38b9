/** Formats values, tables and JSON for a terminal. Pure. */
import { escapeControlChars } from '../../common/text.js';
import type { OptionValue } from '../../common/value.js';

/** The maximum number of characters of a value in a table. */
const MAX_VALUE = 60;

/** Formats a value as JSON on one line, truncated to `max` characters. An undefined value is `-`. */
export function formatValue(value: OptionValue | undefined, max = MAX_VALUE): string {
  return value === undefined ? '-' : shortenJson(JSON.stringify(value), max);
}

/** Escapes and truncates the JSON of a value as {@link formatValue} does. */
export function shortenJson(json: string, max = MAX_VALUE): string {
  // Escapes only what may be shown: a value may have millions of characters.
  const text = escapeControlChars(json.slice(0, max + 1));
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

/** How much is shown before the first difference of two values. */
const AROUND = 20;

/**
 * Formats a change of a value, given as JSON or null if it is not set. If both values are the same up to where they would
 * be truncated, shows the place where they differ.
 */
export function formatChange(before: string | null, after: string | null): string {
  let at = 0;
  if (before !== null && after !== null && before !== after) while (before[at] === after[at]) at++;
  const start = at < MAX_VALUE - 1 ? 0 : at - AROUND;
  const [from, to] = [before, after].map((json) => {
    if (json === null) return 'not set';
    return start === 0 ? shortenJson(json) : `…${shortenJson(json.slice(start), MAX_VALUE - 1)}`;
  });
  return `${from} → ${to}`;
}

/**
 * Formats rows as lines, each column as wide as its widest cell. The first row decides the number of columns. Escapes
 * control characters.
 */
export function formatTable(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(escapeControlChars));
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

/**
 * Formats a number of things.
 *
 * @example formatCount(1, 'option') // '1 option'
 */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Formats data as indented JSON, with a final line break. */
export function formatJson(data: unknown): string {
  return `${JSON.stringify(data, undefined, 2)}\n`;
}
