/** The printable form of a status. Any thread; a pure function. */
import { printable } from '../common/text.js';
import type { NamespaceStatus, ReloadStatus, Status } from './status.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Wide enough for the longest label and two blanks. */
const LABEL_WIDTH = 12;
/** More unknown names than these are only counted. */
const NAMES_SHOWN = 10;

/**
 * `status` as lines of plain text for people: aligned, without colours, with durations as one says them. The newest
 * reload comes first. Names and errors come from files, so what a terminal would act on is escaped in them.
 *
 * @param now milliseconds since 1970; where it is given, times say how long ago they were
 * @example console.log(formatStatus(status(), Date.now()));
 */
export function formatStatus(status: Status, now?: number): string {
  const since = (time: string | null) => timeText(time, now);
  const lines = [
    ...labelled('health', status.health),
    ...(status.reason === null ? [] : labelled('reason', status.reason)),
    ...labelled('watcher', `${status.watcher}, heartbeat ${since(status.heartbeatAt)}`),
    ...labelled('polls', `${status.polls}, the last ${since(status.lastPollAt)}`),
    ...labelled('directory', status.directory),
    ...labelled('generation', `${status.generation}, ${since(status.appliedAt)}${inTime(status.reloadMs)}`),
    ...labelled('refused', refusedText(status, since)),
  ];
  for (const [name, namespace] of Object.entries(status.namespaces)) {
    lines.push('', `namespace ${printable(name)}`, ...indented(namespaceLines(namespace)));
  }
  if (status.reloads.length > 0) {
    lines.push(
      '',
      'reloads',
      ...indented([...status.reloads].reverse().flatMap((reload) => reloadLines(reload, since))),
    );
  }
  if (status.mountWarnings.length > 0) lines.push('', 'mounts', ...indented(status.mountWarnings.map(printable)));
  return lines.join('\n');
}

/** Milliseconds, as one says them: two units at the most. */
function durationText(milliseconds: number): string {
  if (milliseconds < SECOND) return `${round(milliseconds)} ms`;
  if (milliseconds < MINUTE) return `${round(milliseconds / SECOND)} s`;
  if (milliseconds < HOUR) return twoUnits(milliseconds, MINUTE, 'min', SECOND, 's');
  if (milliseconds < DAY) return twoUnits(milliseconds, HOUR, 'h', MINUTE, 'min');
  return twoUnits(milliseconds, DAY, 'd', HOUR, 'h');
}

function twoUnits(milliseconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((milliseconds % large) / small);
  return `${Math.floor(milliseconds / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** One digit after the point where there is one before it; never up to the next unit. */
function round(value: number): number {
  return value < 10 ? Math.floor(value * 10) / 10 : Math.floor(value);
}

function timeText(time: string | null, now: number | undefined): string {
  if (time === null) return 'never';
  const age = now === undefined ? Number.NaN : now - Date.parse(time);
  return Number.isNaN(age) ? printable(time) : `${printable(time)} (${durationText(Math.max(0, age))} ago)`;
}

function inTime(milliseconds: number | null): string {
  return milliseconds === null ? '' : `, in ${durationText(milliseconds)}`;
}

function refusedText(status: Status, since: (time: string | null) => string): string {
  const count = status.refusedReloads === 0 ? 'none' : `${status.refusedReloads}`;
  return status.lastErrorAt === null ? count : `${count}, and the files are still, since ${since(status.lastErrorAt)}`;
}

function namespaceLines({ generatedAt, delaySecs, ...rest }: NamespaceStatus): string[] {
  const delay = delaySecs === null ? '' : `, live ${durationText(delaySecs * SECOND)} later`;
  const unknown = rest.unknownKeys.slice(0, NAMES_SHOWN).map((name) => JSON.stringify(name));
  const more = rest.unknownCount - unknown.length;
  return [
    ...labelled('generated', generatedAt === null ? 'not said' : `${generatedAt}${delay}`),
    ...labelled('values', rest.valuesHash ?? 'no file, the defaults are in use'),
    ...labelled('schema', rest.schemaHash),
    ...(rest.unknownCount === 0
      ? []
      : labelled('unknown', `${unknown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`)),
  ];
}

function reloadLines(reload: ReloadStatus, since: (time: string | null) => string): string[] {
  const { at, generation, reloadMs, error } = reload;
  const what = generation === null ? 'refused' : `generation ${generation}`;
  const detail = error ?? `${namespacesText(reload)}; ${keysText(reload)}`;
  return [`${since(at)}  ${what} in ${durationText(reloadMs)}`, ...indented(textLines(detail))];
}

function namespacesText({ namespaces, namespaceCount }: ReloadStatus): string {
  return `files of ${listText(namespaces, namespaceCount)}`;
}

function keysText({ keys, keyCount }: ReloadStatus): string {
  return keyCount === 0 ? 'no option changed' : `changed ${listText(keys, keyCount)}`;
}

function listText(names: readonly string[], count: number): string {
  return `${names.join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''}`;
}

/** A label and its text; further lines of the text stand below the first one. */
function labelled(label: string, text: string): string[] {
  const [first = '', ...rest] = textLines(text);
  return [label.padEnd(LABEL_WIDTH) + first, ...rest.map((line) => ' '.repeat(LABEL_WIDTH) + line)];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function textLines(text: string): string[] {
  return text.split('\n').map((line) => printable(line.replaceAll('\t', '  ')));
}
