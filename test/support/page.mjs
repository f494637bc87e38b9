/** docs/reliability.md: each command writes its own part of it, between two comments. Used by commands, never by tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

const PAGE = new URL('../../docs/reliability.md', import.meta.url);

/** Replaces the part of the page that is called `name`; throws where the page has none. */
export function writeSection(name, text) {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const page = readFileSync(PAGE, 'utf8');
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has no part between ${begin} and ${end}`);
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n${text.trim()}\n${page.slice(to)}`);
}

/** A table in Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What a figure was measured on, and how much else was going on there. */
export function machine() {
  const load = loadavg().map((average) => average.toFixed(0));
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} processors, load average ${load.join(', ')}`;
}
