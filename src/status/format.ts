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
  const lines = formatFields({
    health: status.health,
    reason: status.reason,
    watcher: `${status.watcher}, heartbeat ${since(status.heartbeatAt)}`,
    polls: `${status.polls}, the last ${since(status.lastPollAt)}`,
    directory: status.directory,
    generation: `${status.generation}, ${since(status.appliedAt)}${formatReloadTime(status.reloadMs)}`,
    rejected: formatRejected(status, since),
    fallback: status.fallback && formatFallback(status.fallback, since),
    'last good': status.state && formatState(status.state, since),
  });
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
  { generatedAt, delaySecs, commit, held, lost, ...rest }: NamespaceStatus,
  since: (time: string | null) => string,
): string[] {
  const delay = delaySecs === null ? '' : `, live ${formatDuration(delaySecs * 1_000)} later`;
  const loss = lost === null ? '' : ` since ${since(lost.since)}`;
  const unknown = rest.unknownKeys.slice(0, NAMES_LISTED).map((name) => JSON.stringify(name));
  return formatFields({
    held: held && `since ${since(held.since)}\n${held.reason}`,
    generated: generatedAt === null ? 'unknown' : `${generatedAt}${delay}`,
    commit,
    values: rest.valuesHash ?? `no file${loss}, the defaults are in use`,
    schema: rest.schemaHash,
    unknown: rest.unknownCount === 0 ? null : joinFirst(unknown, rest.unknownCount),
  });
}

function formatReload(reload: ReloadStatus, since: (time: string | null) => string): string[] {
  const { at, generation, reloadMs, namespaces, namespaceCount, keys, keyCount, error } = reload;
  const outcome = generation === null ? 'rejected' : `generation ${generation}`;
  const changed = keyCount === 0 ? 'no option changed' : `changed ${joinFirst(keys, keyCount)}`;
  const detail = error ?? `files of ${joinFirst(namespaces, namespaceCount)}; ${changed}`;
  return [`${since(at)}  ${outcome} in ${formatDuration(reloadMs)}`, ...indent(splitLines(detail))];
}

/** Formats labels and their values, without those that are null. Further lines of a value are indented below the first. */
function formatFields(fields: Readonly<Record<string, string | null>>): string[] {
  return Object.entries(fields).flatMap(([label, value]) => {
    if (value === null) return [];
    const [first = '', ...rest] = splitLines(value);
    return [label.padEnd(LABEL_WIDTH) + first, ...rest.map((line) => ' '.repeat(LABEL_WIDTH) + line)];
  });
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function splitLines(text: string): string[] {
  return text.split('\n').map((line) => escapeControlChars(line.replaceAll('\t', '  ')));
}
