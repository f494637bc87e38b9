/** Formats results on one version of Node as Markdown tables, which are also readable as plain text. */
import { isReached } from './rows.mjs';

/** Formats the rows of one question. */
export function rowTable(rows) {
  return table(
    ['', 'median (80 % of rounds)', 'against', 'its median', 'ratio (80 % of rounds)', 'target', ''],
    rows.map((row) => [
      row.what,
      `${withUnit(row.figure.median, row.unit)} ${range(row.figure, number)}`,
      row.against ?? '',
      row.other === undefined ? '' : withUnit(row.other.median, row.unit),
      row.ratio === undefined ? '' : `${factor(row.ratio.median)} ${range(row.ratio, (value) => number(value))}`,
      targetText(row),
      verdict(row),
    ]),
  );
}

/** Formats the rows of all questions that have a target. */
export function targetTable(results) {
  const rows = results.flatMap(({ name, rows }) => rows.filter(({ target }) => target).map((row) => [name, row]));
  return table(
    ['question', 'what', 'median', 'against', 'its median', 'ratio', 'target', ''],
    rows.map(([name, row]) => [
      `\`${name}\``,
      row.what,
      withUnit(row.figure.median, row.unit),
      row.against ?? '',
      row.other === undefined ? '' : withUnit(row.other.median, row.unit),
      row.ratio === undefined ? '' : factor(row.ratio.median),
      targetText(row),
      verdict(row),
    ]),
  );
}

/** Formats the rows that the project's README shows. */
export function headlineTable(results) {
  const rows = results.flatMap(({ rows }) => rows.filter(({ target }) => target?.isHeadline));
  return table(
    ['', 'median', 'against', 'its median', 'ratio'],
    rows.map((row) => [
      row.what,
      withUnit(row.figure.median, row.unit),
      row.against ?? '',
      row.other === undefined ? '' : withUnit(row.other.median, row.unit),
      row.ratio === undefined ? '' : factor(row.ratio.median),
    ]),
  );
}

/** Formats how the costs of one question grow. */
export function growthTable(growths) {
  return table(
    ['what grows', 'with', 'as the power', 'its law', ''],
    growths.map(({ what, x, slope, law, isWithin, why }) => [
      what,
      x,
      slope.toFixed(2),
      typeof law === 'number' ? `≤ ${law}` : law,
      isWithin ? 'as it should' : `STEEPER: ${why}`,
    ]),
  );
}

/** Formats a figure with three digits and its unit. */
export function withUnit(value, unit) {
  return unit === '' ? number(value) : `${number(value)} ${unit}`;
}

/** Formats a number with three digits; a large number with all digits before the point, in groups of three. */
export function number(value) {
  if (value === 0) return '0';
  const text = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return text.replace(/\B(?=(\d{3})+$)/g, text.includes('.') ? '' : ' ');
}

/** Formats a ratio. */
export function factor(value) {
  return `${number(value)} ×`;
}

/** Formats the range of a figure, in which 80 % of the rounds are. */
export function range({ low, high }, show) {
  return `(${show(low)} to ${show(high)})`;
}

/** Formats the target of a row; empty if it has none. */
export function targetText({ target, unit }) {
  if (target === undefined) return '';
  if (target.text !== undefined) return target.text;
  const limit = target.atMost === undefined ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
  return target.of === 'ratio' ? `${limit} ×` : `${limit} ${unit}`;
}

function verdict(row) {
  return { true: 'reached', false: 'MISSED' }[isReached(row)] ?? '';
}

/** Formats a table of texts. */
export function table(head, body) {
  const cells = [head, ...body];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}
