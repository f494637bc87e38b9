/** Writes sections of docs/reliability.md, between two comments each. For commands, never for tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

const PAGE = new URL('../../docs/reliability.md', import.meta.url);

/** Replaces the section `name` of the page. Throws if the page has no such section. */
export function writeSection(name, text) {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/reliability.md must contain ${begin} and ${end}.`);
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n${text.trim()}\n${page.slice(to)}`);
}

/** Returns a Markdown table. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Describes the machine of a measurement and its load. */
export function machine() {
  const load = loadavg().map((average) => average.toFixed(0));
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} processors, load average ${load.join(', ')}`;
}
