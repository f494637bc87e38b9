/**
 * What `status()` says. The watcher writes a {@link StatusRecord} into the status cell whenever something other than
 * time has changed; every thread joins it with the control words, so that it is answered also after the watcher died.
 */

import { truncateBytes } from '../common/text.js';
import { type Control, WatcherState } from '../memory/control.js';
import { MAX_TEXT_BYTES, type NamespaceStatus, type ReloadStatus, type StatusRecord } from './record.js';

/** The state of a store. Times are RFC 3339 strings, texts are cut at 1 KiB. */
export interface Status {
  /** `degraded`: values are served, but they are not what the files hold now, or may not be. */
  readonly health: 'ok' | 'degraded' | 'crashed' | 'closed';
  /** Why the health is not `ok`; null where it is. */
  readonly reason: string | null;
  /** `stalled`: alive as far as is known, but it has not polled for too long. */
  readonly watcher: 'running' | 'stalled' | 'crashed' | 'closed';
  /** The base directory. */
  readonly directory: string;
  /** The number of the published snapshot. */
  readonly generation: number;
  /** When it was published. */
  readonly appliedAt: string | null;
  /** How many polls have ended, the first load among them. */
  readonly polls: number;
  /** When the last one ended. */
  readonly lastPollAt: string | null;
  /** How long the load that led to this generation took, in milliseconds. */
  readonly reloadMs: number | null;
  /** Why the files on disk are refused; null where they are good. */
  readonly lastError: string | null;
  /** When they were refused first. */
  readonly lastErrorAt: string | null;
  /** By namespace: its values and its schema. */
  readonly namespaces: Readonly<Record<string, NamespaceStatus>>;
  /** When the watcher last began or ended a poll: it lives as long as this moves on. */
  readonly heartbeatAt: string | null;
  /** How many reloads were refused since the start. */
  readonly rejectedReloads: number;
  /** The last ten reloads, refused ones among them, the newest last. */
  readonly reloads: readonly ReloadStatus[];
  /** What is wrong with how the files are mounted, a sentence each; empty where nothing is. */
  readonly mountWarnings: readonly string[];
}

/** Joins the watcher's record with the control words. Any thread. */
export function buildStatus(
  directory: string,
  generation: number,
  control: Control,
  record: StatusRecord | undefined,
): Status {
  const watcher = deriveWatcherStatus(control);
  const rejection = record?.rejection?.message ?? null;
  const problem = rejection ?? record?.accessError ?? null;
  return {
    ...deriveHealth(watcher, problem, control),
    watcher,
    directory,
    generation,
    appliedAt: record?.appliedAt ?? null,
    polls: control.polls,
    lastPollAt: formatTime(control.polledAt),
    reloadMs: record?.reloadMs ?? null,
    lastError: rejection === null ? null : truncateBytes(rejection, MAX_TEXT_BYTES),
    lastErrorAt: record?.rejectedAt ?? null,
    namespaces: record?.namespaces ?? {},
    heartbeatAt: formatTime(control.heartbeatAt),
    rejectedReloads: record?.rejectedReloads ?? 0,
    reloads: record?.reloads ?? [],
    mountWarnings: record?.mountWarnings ?? [],
  };
}

function formatTime(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

function deriveWatcherStatus(control: Control): Status['watcher'] {
  switch (control.state) {
    case WatcherState.CRASHED:
    case WatcherState.FAILED:
      return 'crashed';
    case WatcherState.CLOSED:
      return 'closed';
    default:
      return control.isStalled ? 'stalled' : 'running';
  }
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
        reason: `The watcher has not polled for too long; the file that it read last is ${control.reading}.`,
      };
    default:
      return problem === null
        ? { health: 'ok', reason: null }
        : { health: 'degraded', reason: truncateBytes(problem, MAX_TEXT_BYTES) };
  }
}
