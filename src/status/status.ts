/**
 * What `status()` says. The watcher writes a {@link StatusRecord} into the status cell whenever something other than
 * time has changed; every thread joins it with the control words, so that it is answered also after the watcher died.
 */

import type { PlainError } from '../common/errors.js';
import type { CellReader } from '../memory/cell/reader.js';
import { type Control, WatcherState } from '../memory/control.js';

/** What is known of one namespace's files. */
export interface NamespaceStatus {
  /** When CI made the values that are live, RFC 3339; null where the file does not say. */
  readonly generatedAt: string | null;
  /** Seconds from then until the values were published here, never negative; null where that is not known. */
  readonly delaySecs: number | null;
  /** Names in the file that the schema does not know: the first 100. */
  readonly unknownKeys: readonly string[];
  /** How many such names there are. */
  readonly unknownCount: number;
  /** SHA-256 of the live values file, in hex; null where there is none, and the defaults are in use. */
  readonly valuesHash: string | null;
  /** SHA-256 of the schema's text, in hex. */
  readonly schemaHash: string;
}

/** One reload: other bytes were loaded, and published or refused. The first load is none. */
export interface ReloadStatus {
  /** When it ended. */
  readonly at: string;
  /** How long it took to load and publish, or to refuse, in milliseconds. */
  readonly reloadMs: number;
  /** The generation that it published; null where it was refused. */
  readonly generation: number | null;
  /** The namespaces whose values file is another one since: the first ten. */
  readonly namespaces: readonly string[];
  /** How many such namespaces there are. */
  readonly namespaceCount: number;
  /** The options whose values are others since, as `namespace/key`: the first ten. */
  readonly keys: readonly string[];
  /** How many such options there are. */
  readonly keyCount: number;
  /** Why it was refused; null where it was not. */
  readonly error: string | null;
}

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
  readonly refusedReloads: number;
  /** The last ten reloads, refused ones among them, the newest last. */
  readonly reloads: readonly ReloadStatus[];
  /** What is wrong with how the files are mounted, a sentence each; empty where nothing is. */
  readonly mountWarnings: readonly string[];
}

/** The watcher's share of the status, as it lies in the status cell: JSON, UTF-8. */
export interface StatusRecord {
  readonly appliedAt: string | null;
  readonly reloadMs: number | null;
  /** Why the files on disk are refused, whole, as `refresh()` throws it; null where they are good. */
  readonly refusal: PlainError | null;
  readonly refusedAt: string | null;
  /** What keeps the files from being looked at, such as a directory that is gone; null where nothing does. */
  readonly problem: string | null;
  readonly namespaces: Readonly<Record<string, NamespaceStatus>>;
  readonly refusedReloads: number;
  readonly reloads: readonly ReloadStatus[];
  readonly mountWarnings: readonly string[];
}

/** The record before the first load. */
export const EMPTY_STATUS_RECORD: StatusRecord = {
  appliedAt: null,
  reloadMs: null,
  refusal: null,
  refusedAt: null,
  problem: null,
  namespaces: {},
  refusedReloads: 0,
  reloads: [],
  mountWarnings: [],
};

const MAX_TEXT_BYTES = 1024;
const MAX_UNKNOWN_KEYS = 100;

/** The record as bytes for the status cell. Watcher only. */
export function encodeStatusRecord(record: StatusRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

/** The newest record; undefined before the first one. */
export function readStatusRecord(cell: CellReader): StatusRecord | undefined {
  const acquired = cell.acquire(0);
  return acquired && (JSON.parse(Buffer.from(acquired.bytes).toString()) as StatusRecord);
}

/** The names that {@link NamespaceStatus.unknownKeys} lists. */
export function listedUnknownKeys(names: readonly string[]): string[] {
  return names.slice(0, MAX_UNKNOWN_KEYS).map(cut);
}

/** Joins the watcher's record with the control words. Any thread. */
export function statusOf(
  directory: string,
  generation: number,
  control: Control,
  record: StatusRecord | undefined,
): Status {
  const watcher = watcherStatus(control);
  const refusal = record?.refusal?.message ?? null;
  const problem = refusal ?? record?.problem ?? null;
  return {
    ...healthOf(watcher, problem, control),
    watcher,
    directory,
    generation,
    appliedAt: record?.appliedAt ?? null,
    polls: control.polls,
    lastPollAt: timeText(control.polledAt),
    reloadMs: record?.reloadMs ?? null,
    lastError: refusal === null ? null : cut(refusal),
    lastErrorAt: record?.refusedAt ?? null,
    namespaces: record?.namespaces ?? {},
    heartbeatAt: timeText(control.heartbeatAt),
    refusedReloads: record?.refusedReloads ?? 0,
    reloads: record?.reloads ?? [],
    mountWarnings: record?.mountWarnings ?? [],
  };
}

function timeText(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}

function watcherStatus(control: Control): Status['watcher'] {
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

function healthOf(
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
      return problem === null ? { health: 'ok', reason: null } : { health: 'degraded', reason: cut(problem) };
  }
}

/** `text`, at most 1 KiB of it in UTF-8. */
export function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_TEXT_BYTES) return text;
  // `end` steps back to the beginning of a character, so that none is cut in two.
  let end = MAX_TEXT_BYTES - Buffer.byteLength('…');
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end)}…`;
}
