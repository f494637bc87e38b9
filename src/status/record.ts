/**
 * The watcher's share of a status, as it lies in shared memory. The watcher writes it; every thread reads it.
 */
import type { PlainError } from '../common/plain-error.js';
import { truncateBytes } from '../common/text.js';
import type { CellReader } from '../memory/cell/reader.js';

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

/** The watcher's share of the status, as it lies in the status cell: JSON, UTF-8. */
export interface StatusRecord {
  readonly appliedAt: string | null;
  readonly reloadMs: number | null;
  /** Why the files on disk are refused, whole, as `refresh()` throws it; null where they are good. */
  readonly rejection: PlainError | null;
  readonly rejectedAt: string | null;
  /** What keeps the files from being looked at, such as a directory that is gone; null where nothing does. */
  readonly accessError: string | null;
  readonly namespaces: Readonly<Record<string, NamespaceStatus>>;
  readonly rejectedReloads: number;
  readonly reloads: readonly ReloadStatus[];
  readonly mountWarnings: readonly string[];
}

/** The record before the first load. */
export const EMPTY_STATUS_RECORD: StatusRecord = {
  appliedAt: null,
  reloadMs: null,
  rejection: null,
  rejectedAt: null,
  accessError: null,
  namespaces: {},
  rejectedReloads: 0,
  reloads: [],
  mountWarnings: [],
};

/** The longest text in a status, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 1024;
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
export function listUnknownKeys(names: readonly string[]): string[] {
  return names.slice(0, MAX_UNKNOWN_KEYS).map((name) => truncateBytes(name, MAX_TEXT_BYTES));
}
