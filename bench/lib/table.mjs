/** Results as text. */
import { cpus, totalmem } from 'node:os';

const HEAD = ['', 'median', 'against', 'median', 'ratio (80 % of rounds)', 'target', ''];

/** What was measured, where and when. */
export function describeMachine() {
  const [{ model }] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const today = new Date().toISOString().slice(0, 10);
  return `${model}, ${cpus().length} cores, ${memory} · ${process.platform} ${process.arch} · Node ${process.version} · ${today}`;
}

/** The rows of one question as a table in Markdown, which is also readable as it is. */
export function table(rows) {
  const cells = [HEAD, ...rows.map(toCells)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}

function toCells({ what, against, unit, figure, other, ratio, target }) {
  return [
    what,
    withUnit(figure.median, unit),
    against ?? '',
    other === undefined ? '' : withUnit(other.median, unit),
    ratio === undefined ? '' : `${ratio.median.toFixed(2)} × (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`,
    target === undefined ? '' : `≤ ${target} ×`,
    target === undefined ? '' : ratio.median <= target ? 'reached' : 'MISSED',
  ];
}

function withUnit(value, unit) {
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}
