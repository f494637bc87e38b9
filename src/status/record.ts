/** The watcher's part of a status, in shared memory. The watcher writes it; every thread reads it. */
import type { PlainError } from '../common/plain-error.js';
import { truncateBytes } from '../common/text.js';
import type { CellReader } from '../memory/cell/reader.js';

/** The status of one namespace's values and schema. */
export interface NamespaceStatus {
  /** When CI generated the live values, RFC 3339; null if the file has no valid `generated_at`. */
  readonly generatedAt: string | null;
  /** Seconds from `generatedAt` until the values were published here, never negative; null if it is unknown. */
  readonly delaySecs: number | null;
  /** Names in the file that the schema does not declare: the first 100. */
  readonly unknownKeys: readonly string[];
  /** How many such names there are. */
  readonly unknownCount: number;
  /** SHA-256 of the live values file, in hex; null if there is no file, so that the defaults are in use. */
  readonly valuesHash: string | null;
  /** SHA-256 of the schema's source, in hex. */
  readonly schemaHash: string;
}

/** One reload: changed files were loaded, and published or rejected. The first load is not a reload. */
export interface ReloadStatus {
  /** When it ended, RFC 3339. */
  readonly at: string;
  /** Time to load and publish, or to reject, in milliseconds. */
  readonly reloadMs: number;
  /** The generation that it published; null if it was rejected. */
  readonly generation: number | null;
  /** The namespaces whose values file it changed: the first ten. */
  readonly namespaces: readonly string[];
  /** How many such namespaces there are. */
  readonly namespaceCount: number;
  /** The options whose values it changed, as `namespace/key`: the first ten. */
  readonly keys: readonly string[];
  /** How many such options there are. */
  readonly keyCount: number;
  /** Why it was rejected; null if it was published. */
  readonly error: string | null;
}

/** The content of the status cell: JSON, UTF-8. */
export interface StatusRecord {
  readonly appliedAt: string | null;
  readonly reloadMs: number | null;
  /** Why the files on disk are rejected, or cannot be read: the error as `refresh()` throws it; null otherwise. */
  readonly rejection: PlainError | null;
  readonly rejectedAt: string | null;
  /** Why there are no files to read, such as a missing directory or volume; null if there are. */
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

/** The maximum length of a string in a status, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 1024;
const MAX_UNKNOWN_KEYS = 100;

/** Encodes a record for the status cell. Watcher only. */
export function encodeStatusRecord(record: StatusRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

/** Reads the newest record; undefined before the first one. */
export function readStatusRecord(cell: CellReader): StatusRecord | undefined {
  const acquired = cell.acquire(0);
  return acquired && (JSON.parse(Buffer.from(acquired.bytes).toString()) as StatusRecord);
}

/** Returns the names that {@link NamespaceStatus.unknownKeys} lists. */
export function listUnknownKeys(names: readonly string[]): string[] {
  return names.slice(0, MAX_UNKNOWN_KEYS).map((name) => truncateBytes(name, MAX_TEXT_BYTES));
}
