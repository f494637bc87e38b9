/** The printable form of a status. Any thread; a pure function. */
import { formatDuration } from '../common/duration.js';
import { escapeControlChars, joinFirst } from '../common/text.js';
import type { NamespaceStatus, ReloadStatus } from './record.js';
import type { Status } from './status.js';

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
  const since = (time: string | null) => formatTime(time, now);
  const lines = [
    ...label('health', status.health),
    ...(status.reason === null ? [] : label('reason', status.reason)),
    ...label('watcher', `${status.watcher}, heartbeat ${since(status.heartbeatAt)}`),
    ...label('polls', `${status.polls}, the last ${since(status.lastPollAt)}`),
    ...label('directory', status.directory),
    ...label('generation', `${status.generation}, ${since(status.appliedAt)}${formatReloadTime(status.reloadMs)}`),
    ...label('rejected', formatRejected(status, since)),
  ];
  for (const [name, namespace] of Object.entries(status.namespaces)) {
    lines.push('', `namespace ${escapeControlChars(name)}`, ...indent(formatNamespace(namespace)));
  }
  if (status.reloads.length > 0) {
    lines.push(
      '',
      'reloads',
      ...indent([...status.reloads].reverse().flatMap((reload) => formatReload(reload, since))),
    );
  }
  if (status.mountWarnings.length > 0)
    lines.push('', 'mounts', ...indent(status.mountWarnings.map(escapeControlChars)));
  return lines.join('\n');
}

function formatTime(time: string | null, now: number | undefined): string {
  if (time === null) return 'never';
  const age = now === undefined ? Number.NaN : now - Date.parse(time);
  return Number.isNaN(age)
    ? escapeControlChars(time)
    : `${escapeControlChars(time)} (${formatDuration(Math.max(0, age))} ago)`;
}

function formatReloadTime(milliseconds: number | null): string {
  return milliseconds === null ? '' : `, in ${formatDuration(milliseconds)}`;
}

function formatRejected(status: Status, since: (time: string | null) => string): string {
  const count = status.rejectedReloads === 0 ? 'none' : `${status.rejectedReloads}`;
  return status.lastErrorAt === null ? count : `${count}, and the files are still, since ${since(status.lastErrorAt)}`;
}

function formatNamespace({ generatedAt, delaySecs, ...rest }: NamespaceStatus): string[] {
  const delay = delaySecs === null ? '' : `, live ${formatDuration(delaySecs * 1_000)} later`;
  const unknown = rest.unknownKeys.slice(0, NAMES_SHOWN).map((name) => JSON.stringify(name));
  return [
    ...label('generated', generatedAt === null ? 'not said' : `${generatedAt}${delay}`),
    ...label('values', rest.valuesHash ?? 'no file, the defaults are in use'),
    ...label('schema', rest.schemaHash),
    ...(rest.unknownCount === 0 ? [] : label('unknown', joinFirst(unknown, rest.unknownCount))),
  ];
}

function formatReload(reload: ReloadStatus, since: (time: string | null) => string): string[] {
  const { at, generation, reloadMs, error } = reload;
  const what = generation === null ? 'rejected' : `generation ${generation}`;
  const detail = error ?? `${formatNamespaces(reload)}; ${formatKeys(reload)}`;
  return [`${since(at)}  ${what} in ${formatDuration(reloadMs)}`, ...indent(splitLines(detail))];
}

function formatNamespaces({ namespaces, namespaceCount }: ReloadStatus): string {
  return `files of ${joinFirst(namespaces, namespaceCount)}`;
}

function formatKeys({ keys, keyCount }: ReloadStatus): string {
  return keyCount === 0 ? 'no option changed' : `changed ${joinFirst(keys, keyCount)}`;
}

/** A label and its text; further lines of the text stand below the first one. */
function label(label: string, text: string): string[] {
  const [first = '', ...rest] = splitLines(text);
  return [label.padEnd(LABEL_WIDTH) + first, ...rest.map((line) => ' '.repeat(LABEL_WIDTH) + line)];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function splitLines(text: string): string[] {
  return text.split('\n').map((line) => escapeControlChars(line.replaceAll('\t', '  ')));
}
