/** Formats a status as text. Runs in any thread. Pure. */
import { formatDuration } from '../common/duration.js';
import { escapeControlChars, joinFirst } from '../common/text.js';
import type { FallbackStatus, NamespaceStatus, ReloadStatus, StateStatus } from './record.js';
import type { Status } from './status.js';

/** The longest label and two blanks fit. */
const LABEL_WIDTH = 12;
/** The maximum number of unknown names that are listed. Further ones are only counted. */
const NAMES_LISTED = 10;

/**
 * Formats `status` for people: as aligned lines without colors, with readable durations. The newest reload comes first.
 * Escapes control characters in names and errors, which come from files.
 *
 * @param now milliseconds since 1970; if given, each time is followed by its age
 * @example console.log(formatStatus(status(), Date.now()));
 */
export function formatStatus(status: Status, now?: number): string {
  const since = (time: string | null) => formatTime(time, now);
  const lines = [
    ...formatField('health', status.health),
    ...(status.reason === null ? [] : formatField('reason', status.reason)),
    ...formatField('watcher', `${status.watcher}, heartbeat ${since(status.heartbeatAt)}`),
    ...formatField('polls', `${status.polls}, the last ${since(status.lastPollAt)}`),
    ...formatField('directory', status.directory),
    ...formatField(
      'generation',
      `${status.generation}, ${since(status.appliedAt)}${formatReloadTime(status.reloadMs)}`,
    ),
    ...formatField('rejected', formatRejected(status, since)),
    ...(status.fallback === null ? [] : formatField('fallback', formatFallback(status.fallback, since))),
    ...(status.state === null ? [] : formatField('last good', formatState(status.state, since))),
  ];
  for (const [name, namespace] of Object.entries(status.namespaces)) {
    lines.push('', `namespace ${escapeControlChars(name)}`, ...indent(formatNamespace(namespace, since)));
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
  return Number.isNaN(age) ? escapeControlChars(time) : `${escapeControlChars(time)} (${formatDuration(age)} ago)`;
}

function formatReloadTime(milliseconds: number | null): string {
  return milliseconds === null ? '' : `, in ${formatDuration(milliseconds)}`;
}

function formatRejected(status: Status, since: (time: string | null) => string): string {
  const count = status.rejectedReloads === 0 ? 'none' : `${status.rejectedReloads}`;
  return status.lastErrorAt === null ? count : `${count}; current files rejected since ${since(status.lastErrorAt)}`;
}

function formatFallback({ kind, keptAt }: FallbackStatus, since: (time: string | null) => string): string {
  return kind === 'defaults' ? 'the defaults are in use' : `the last good values are in use, kept ${since(keptAt)}`;
}

function formatState({ file, keptAt, problem }: StateStatus, since: (time: string | null) => string): string {
  if (problem !== null) return `not kept: ${problem}`;
  return keptAt === null ? `not kept yet, ${file}` : `kept ${since(keptAt)}, ${file}`;
}

function formatNamespace(
  { generatedAt, delaySecs, commit, held, ...rest }: NamespaceStatus,
  since: (time: string | null) => string,
): string[] {
  const delay = delaySecs === null ? '' : `, live ${formatDuration(delaySecs * 1_000)} later`;
  const unknown = rest.unknownKeys.slice(0, NAMES_LISTED).map((name) => JSON.stringify(name));
  return [
    ...(held === null ? [] : formatField('held', `since ${since(held.since)}\n${held.reason}`)),
    ...formatField('generated', generatedAt === null ? 'unknown' : `${generatedAt}${delay}`),
    ...(commit === null ? [] : formatField('commit', commit)),
    ...formatField('values', rest.valuesHash ?? 'no file, the defaults are in use'),
    ...formatField('schema', rest.schemaHash),
    ...(rest.unknownCount === 0 ? [] : formatField('unknown', joinFirst(unknown, rest.unknownCount))),
  ];
}

function formatReload(reload: ReloadStatus, since: (time: string | null) => string): string[] {
  const { at, generation, reloadMs, error } = reload;
  const outcome = generation === null ? 'rejected' : `generation ${generation}`;
  const detail = error ?? `${formatNamespaces(reload)}; ${formatKeys(reload)}`;
  return [`${since(at)}  ${outcome} in ${formatDuration(reloadMs)}`, ...indent(splitLines(detail))];
}

function formatNamespaces({ namespaces, namespaceCount }: ReloadStatus): string {
  return `files of ${joinFirst(namespaces, namespaceCount)}`;
}

function formatKeys({ keys, keyCount }: ReloadStatus): string {
  return keyCount === 0 ? 'no option changed' : `changed ${joinFirst(keys, keyCount)}`;
}

/** Formats a label and its value. Further lines of the value are indented below the first one. */
function formatField(label: string, value: string): string[] {
  const [first = '', ...rest] = splitLines(value);
  return [label.padEnd(LABEL_WIDTH) + first, ...rest.map((line) => ' '.repeat(LABEL_WIDTH) + line)];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function splitLines(text: string): string[] {
  return text.split('\n').map((line) => escapeControlChars(line.replaceAll('\t', '  ')));
}
