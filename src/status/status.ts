/**
 * Builds what `status()` returns. Runs in any thread, even after the watcher has ended: it joins the control words with
 * the {@link StatusRecord}, which the watcher writes whenever anything but times has changed.
 */
import { truncateBytes } from '../common/text.js';
import { type Control, WatcherState } from '../memory/control.js';
import {
  EMPTY_STATUS_RECORD,
  type FallbackStatus,
  MAX_TEXT_BYTES,
  type NamespaceStatus,
  type ReloadStatus,
  type StateStatus,
  type StatusRecord,
} from './record.js';

/** The latest time that a date may have, in milliseconds since 1970. */
const MAX_TIME = 8.64e15;

/** The state of a store. Times are RFC 3339 strings. Strings are truncated to 1 KiB. */
export interface Status {
  /**
   * `degraded`: the store serves values, but they differ from the files' current content, or may differ; or this thread
   * cannot read the shared memory.
   */
  readonly health: 'ok' | 'degraded' | 'crashed' | 'closed';
  /** Why the health is not `ok`; null if it is `ok`. */
  readonly reason: string | null;
  /** `stalled`: not known to have ended, but its next poll is overdue, or one step of a poll takes too long. */
  readonly watcher: 'running' | 'stalled' | 'crashed' | 'closed';
  /** The base directory. */
  readonly directory: string;
  /** The number of the last accepted reload; 1 after the first load. */
  readonly generation: number;
  /** When that snapshot was published. */
  readonly appliedAt: string | null;
  /** How many polls have ended, including the first load. */
  readonly polls: number;
  /** When the last poll ended. */
  readonly lastPollAt: string | null;
  /** Time to load and publish this generation, in milliseconds. */
  readonly reloadMs: number | null;
  /** Why the files on disk are rejected, or cannot be read; null otherwise, also if their directory or volume is missing. */
  readonly lastError: string | null;
  /** Since when; null if `lastError` is null. */
  readonly lastErrorAt: string | null;
  /** The status of each namespace, by name. */
  readonly namespaces: Readonly<Record<string, NamespaceStatus>>;
  /** When the watcher last began or ended a poll, or a step of it. With polling, it advances as long as the watcher lives. */
  readonly heartbeatAt: string | null;
  /** How many reloads were rejected since the start. */
  readonly rejectedReloads: number;
  /** The last ten reloads, including rejected ones, the newest last. */
  readonly reloads: readonly ReloadStatus[];
  /** What is wrong with the mounts of the files, one sentence for each issue. */
  readonly mountWarnings: readonly string[];
  /** What is served instead of the files' values, because those were invalid at startup; null otherwise. */
  readonly fallback: FallbackStatus | null;
  /** The last good values that the watcher keeps; null without the setting `stateDirectory`. */
  readonly state: StateStatus | null;
}

/**
 * Joins the watcher's record with the control words.
 *
 * @param readerProblem what keeps the calling thread from reading the store; null if nothing does
 * @param isClosed whether the calling thread has closed the store: then the state is `closed` unless the watcher has crashed,
 *   although a watcher of another thread goes on
 */
export function buildStatus(
  directory: string,
  generation: number,
  control: Control,
  record: StatusRecord | undefined = EMPTY_STATUS_RECORD,
  readerProblem: string | null = null,
  isClosed = false,
): Status {
  const watcher = deriveWatcherStatus(control, isClosed);
  const { appliedAt, reloadMs, namespaces, rejectedReloads, reloads, mountWarnings, fallback, state } = record;
  const rejection = record.rejection?.message ?? null;
  const problem = readerProblem ?? rejection ?? record.accessError;
  return {
    ...deriveHealth(watcher, problem, control),
    watcher,
    directory,
    generation,
    appliedAt,
    polls: control.polls,
    lastPollAt: formatTime(control.polledAt),
    reloadMs,
    lastError: rejection === null ? null : truncateBytes(rejection, MAX_TEXT_BYTES),
    lastErrorAt: record.rejectedAt,
    namespaces,
    heartbeatAt: formatTime(control.heartbeatAt),
    rejectedReloads,
    reloads,
    mountWarnings,
    fallback,
    state,
  };
}

/** Formats milliseconds since 1970; null if other code has overwritten them, so that no date has them. */
function formatTime(time: number | undefined): string | null {
  return time === undefined || Math.abs(time) > MAX_TIME ? null : new Date(time).toISOString();
}

function deriveWatcherStatus(control: Control, isClosed: boolean): Status['watcher'] {
  const { state } = control;
  if (state === WatcherState.CRASHED || state === WatcherState.FAILED) return 'crashed';
  if (state === WatcherState.CLOSED || isClosed) return 'closed';
  return control.detectStall() ? 'stalled' : 'running';
}

function deriveHealth(
  watcher: Status['watcher'],
  problem: string | null,
  control: Control,
): { health: Status['health']; reason: string | null } {
  switch (watcher) {
    case 'crashed':
      return { health: 'crashed', reason: control.reason ?? 'The watcher thread has crashed.' };
    case 'closed':
      return { health: 'closed', reason: control.reason ?? 'The store was closed.' };
    case 'stalled':
      return {
        health: 'degraded',
        reason: `The watcher is stalled; the last file that it began to read is ${control.reading}.`,
      };
    default:
      if (problem !== null) return { health: 'degraded', reason: truncateBytes(problem, MAX_TEXT_BYTES) };
      if (!control.isSlow) return { health: 'ok', reason: null };
      return {
        health: 'degraded',
        reason: `The watcher has been loading the files for more than 10 s; the last file that it began to read is ${control.reading}.`,
      };
  }
}
