/** Formats what a change does to flags: as lines, as JSON, or as Markdown for a comment on a pull request. Pure. */
import { formatCount, formatJson, formatTable } from '../terminal/format.js';
import type { FlagImpact, ImpactResult, Moved } from './impact.js';

/** Formats the result as a table, with the first contexts that gain or lose each flag below it. */
export function formatImpact({ contexts, flags }: ImpactResult): string {
  const rows = flags.map((flag) => [...describePlace(flag), ...describeCounts(flag, contexts)]);
  const table = formatTable([['FLAG', 'TARGET', 'ON BEFORE', 'ON AFTER', 'GAIN IT', 'LOSE IT'], ...rows]);
  const lines = flags.flatMap((flag) => [
    ...describeMoved(`gain ${describePlace(flag).join(' in ')}`, flag.gains),
    ...describeMoved(`lose ${describePlace(flag).join(' in ')}`, flag.loses),
  ]);
  return table + (lines.length === 0 ? '' : `\n${formatTable(lines.map((line) => [line]))}`);
}

/** Formats the result as JSON. */
export function formatImpactJson(result: ImpactResult): string {
  return formatJson(result);
}

/** Formats the result as Markdown. */
export function formatImpactMarkdown({ contexts, flags }: ImpactResult): string {
  if (flags.length === 0) return 'No flag changes.\n';
  const rows = flags.map((flag) => {
    const [name, target] = describePlace(flag).map(quote);
    return `| ${[name, target, ...describeCounts(flag, contexts)].join(' | ')} |`;
  });
  const details = flags.flatMap((flag) => [
    ...formatDetails(flag, 'gain', flag.gains),
    ...formatDetails(flag, 'lose', flag.loses),
  ]);
  return [
    `Flags that this change changes, for ${formatCount(contexts, 'context')}:`,
    '',
    '| flag | target | on before | on after | gain it | lose it |',
    '|---|---|---|---|---|---|',
    ...rows,
    ...(details.length === 0 ? [] : ['', ...details]),
    '',
  ].join('\n');
}

function describePlace({ namespace, flag, target }: FlagImpact): [string, string] {
  return [`${namespace}/${flag}`, target];
}

function describeCounts({ before, after, gains, loses }: FlagImpact, contexts: number): string[] {
  return [describeShare(before, contexts), describeShare(after, contexts), `${gains.count}`, `${loses.count}`];
}

/** @example describeShare(25, 1_000) // '25 (2.5 %)' */
function describeShare(count: number, of: number): string {
  return of === 0 ? '0' : `${count} (${((100 * count) / of).toFixed(1)} %)`;
}

function describeMoved(what: string, { count, first }: Moved): string[] {
  if (count === 0) return [];
  const more = count > first.length ? [`  and ${count - first.length} more`] : [];
  return [`${what}:`, ...first.map(({ line, identity }) => `  line ${line}  ${identity}`), ...more];
}

function formatDetails(flag: FlagImpact, verb: string, { count, first }: Moved): string[] {
  if (count === 0) return [];
  const [name, target] = describePlace(flag).map(quote);
  const more = count > first.length ? [`- and ${count - first.length} more`] : [];
  const list = first.map(({ line, identity }) => `- line ${line}: ${quote(identity)}`);
  return [
    '<details>',
    `<summary>${count} ${verb} this flag</summary>`,
    '',
    `${name} in ${target}:`,
    '',
    ...list,
    ...more,
    '',
    '</details>',
  ];
}

/** Formats a text as code: nothing in it is Markdown, HTML, or the end of a cell. */
function quote(text: string): string {
  const line = text.replaceAll(/\s/g, ' ').replaceAll('`', "'").replaceAll('|', '\\|');
  return `\`${line}\``;
}
