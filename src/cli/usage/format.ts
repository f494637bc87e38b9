/** Formats the report of what was read, for people, who read it top down. Pure. */
import { formatDuration } from '../../common/duration.js';
import { escapeControlChars, formatRest, formatText, joinFirst, truncate } from '../../common/text.js';
import type { FlagState } from '../../status/judge-flag.js';
import { formatCount, formatTable } from '../terminal/format.js';
import type { AskedProcess } from './ask.js';
import { isExact, type JudgedFlag, type JudgedOption, type UsageReport } from './judge.js';
import { extend, type Period } from './merge.js';

type Judged = JudgedOption | JudgedFlag;
/** A column of a table: its title, and its cell for an entry. */
type Column<T> = readonly [title: string, cell: (entry: T) => string];

const DAY_MS = 86_400_000;
/** Periods that differ by a smaller share of the longer one count as the same: the shorter one. */
const MIN_DIFFERENCE = 0.1;
/** How many are shown of processes, of rows and of the lines of an entry. `--json` has all. */
const MAX_PROCESSES = 20;
const MAX_ROWS = 1_000;
const MAX_PLACES = 4;
/** The most characters of a reason. */
const MAX_REASON = 500;
/** Code that still asks answers otherwise, or throws, if this order is not kept. */
const ORDER =
  'Delete in this order: the code, the values, the schema. A flag without a value is off; `get` throws if no schema declares the option\n';

/**
 * Formats a report of at least one process that has answered.
 *
 * @param showsAll whether the text also has what is used
 */
export function formatReport({ isComplete, processes, options, flags }: UsageReport, showsAll: boolean): string {
  const asked = processes.filter(({ error }) => error === null);
  const whole = measure(asked);
  const [who, period] = [describeProcesses(asked), describePeriod(whole)];
  const flagsOf = (wanted: FlagState) => flags.filter(({ state }) => state === wanted);
  const section = <T extends Judged>(title: string, rows: readonly T[], all: readonly T[], columns: Columns<T>) =>
    formatSection(title, rows, all.length, [
      ...columns,
      ...describeRest(rows, asked.length),
      [isComplete ? 'DELETE' : 'LINES', listLines],
    ]);

  const unread = options.filter(({ state }) => state === 'unused');
  const [unused, on, off] = [flagsOf('unused'), flagsOf('alwaysOn'), flagsOf('alwaysOff')];
  return [
    formatIncomplete(processes),
    formatHead(asked, whole),
    section(`Options not read by ${who} in ${period}`, unread, options, OPTION),
    section(`Flags not evaluated or read by ${who} in ${period}`, unused, flags, [...FLAG, ...OWNED]),
    section(`Flags that were always on in ${period}`, on, flags, [...FLAG, ['ON', getOn], LAST, ...OWNED]),
    section(`Flags that were always off in ${period}`, off, flags, [...FLAG, ['OFF', getOff], LAST, ...OWNED]),
    ...(showsAll ? formatUsed(options, flags) : []),
    isComplete && unread.length + unused.length + on.length + off.length > 0 ? ORDER : '',
    `${formatCount(options.length, 'option')}: ${unread.length} not read. ${formatCount(flags.length, 'flag')}: ` +
      `${unused.length} not evaluated or read, ${on.length} always on, ${off.length} always off.\n`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

type Columns<T> = readonly Column<T>[];

const getOn = ({ on }: JudgedFlag): string => String(on);
const getOff = ({ off }: JudgedFlag): string => String(off);
const OPTION: Columns<JudgedOption> = [
  ['NAMESPACE', ({ namespace }) => formatText(namespace)],
  ['OPTION', ({ key }) => formatText(key)],
];
const FLAG: Columns<JudgedFlag> = [
  ['NAMESPACE', ({ namespace }) => formatText(namespace)],
  ['FLAG', ({ flag }) => formatText(flag)],
];
const LAST: Column<JudgedFlag> = ['LAST', ({ lastEvaluatedAt }) => lastEvaluatedAt ?? '-'];
const OWNED: Columns<JudgedFlag> = [
  ['OWNER', ({ owner }) => formatText(owner?.team ?? '-')],
  ['CREATED', ({ createdAt }) => formatText(createdAt ?? '-')],
];
const READ_BY: Column<Judged> = ['READ BY', ({ readBy, declaredBy }) => `${readBy} of ${declaredBy}`];

function listLines({ places }: Judged): string {
  const lines = places.slice(0, MAX_PLACES).map(({ file, line }) => `${file}:${line}`);
  return joinFirst(lines, places.length) || '-';
}

/** Returns the columns for what the title of a section does not say of all its rows. */
function describeRest(rows: readonly Judged[], asked: number): Columns<Judged> {
  const columns: Column<Judged>[] = [];
  // A flag's definition, by `get`: something depends on it besides its evaluations.
  if (rows.some(({ readBy }) => readBy > 0)) columns.push(READ_BY);
  if (rows.some(({ declaredBy }) => declaredBy < asked)) {
    columns.push(['DECLARED BY', ({ declaredBy }) => `${declaredBy} of ${asked}`]);
    columns.push(['IN', ({ countedMs }) => describePeriod(countedMs)]);
  }
  return columns;
}

function formatUsed(options: readonly JudgedOption[], flags: readonly JudgedFlag[]): readonly string[] {
  const [read, needed] = [
    options.filter(({ state }) => state === 'used'),
    flags.filter(({ state }) => state === 'used'),
  ];
  return [
    formatSection('Options that were read', read, options.length, [
      ...OPTION,
      READ_BY,
      ['FIRST', ({ firstReadAt }) => firstReadAt ?? '-'],
    ]),
    formatSection('Other flags', needed, flags.length, [
      ...FLAG,
      ['ON', getOn],
      ['OFF', getOff],
      ['FAILED', ({ errors }) => String(errors)],
      LAST,
      ...OWNED,
    ]),
  ];
}

/** Says what makes the report wrong, before anything else. */
function formatIncomplete(processes: readonly AskedProcess[]): string {
  const incomplete = processes.filter((one) => !isExact(one));
  if (incomplete.length === 0) return '';
  const lines = incomplete.slice(0, MAX_PROCESSES).map(({ name, error, problem }) => {
    const reason = error === null ? `its counts may be too low: ${problem}` : `it could not be asked: ${error}`;
    return `  ${formatText(name)}: ${escapeControlChars(truncate(reason, MAX_REASON))}\n`;
  });
  const rest = incomplete.length - lines.length;
  return `INCOMPLETE: delete nothing by this report\n${lines.join('')}${rest > 0 ? `  ${formatRest(rest)}\n` : ''}`;
}

function formatHead(asked: readonly AskedProcess[], whole: Period): string {
  const who = asked.length === 1 ? capitalize(describeProcesses(asked)) : `${asked.length} processes`;
  const head =
    `${who} counted for ${describePeriod(whole)}\n` +
    'What only other processes use, or jobs that have ended, looks unused\n';
  if (whole.longest >= DAY_MS) return head;
  return `${head}No process has counted for a day: what is needed less often than that looks unused\n`;
}

function formatSection<T>(title: string, rows: readonly T[], total: number, columns: Columns<T>): string {
  if (rows.length === 0) return '';
  const cells = rows.slice(0, MAX_ROWS).map((row) => columns.map(([, cell]) => cell(row)));
  const rest = rows.length > MAX_ROWS ? `${formatRest(rows.length - MAX_ROWS)}: --json has all\n` : '';
  return `${title}: ${rows.length} of ${total}\n${formatTable([columns.map(([name]) => name), ...cells])}${rest}`;
}

function measure(asked: readonly AskedProcess[]): Period {
  const periods = asked.map(({ countedMs }) => countedMs ?? 0);
  const first = periods[0] ?? 0;
  return periods.reduce(extend, { shortest: first, longest: first });
}

/** Formats a period: what is said of all processes is true of the shortest one. */
function describePeriod({ shortest, longest }: Period): string {
  if (longest - shortest < longest * MIN_DIFFERENCE) return formatDuration(shortest);
  return `${formatDuration(shortest)} to ${formatDuration(longest)}`;
}

function describeProcesses(asked: readonly AskedProcess[]): string {
  if (asked.length > 1) return `any of ${asked.length} processes`;
  const name = formatText(asked[0]?.name ?? '');
  return /^\d/.test(name) ? `process ${name}` : name;
}

function capitalize(text: string): string {
  return text.replace(/^process /, 'Process ');
}
