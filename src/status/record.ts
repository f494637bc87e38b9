/**
 * The watcher's part of a status, in shared memory. Every thread reads it; `encode.ts` writes it, in the watcher.
 */
import type { PlainError } from '../common/plain-error.js';
import { GENERATION } from '../memory/cell/layout.js';
import type { CellReader } from '../memory/cell/reader.js';

/** The status of one namespace's values and schema. */
export interface NamespaceStatus {
  /** When CI generated the live values, RFC 3339; null if the file has no valid `generated_at`. */
  readonly generatedAt: string | null;
  /**
   * Seconds from `generatedAt` until the values were published here, never negative. Null if it is unknown, and for the values
   * that the process started with: their age is no delay.
   */
  readonly delaySecs: number | null;
  /** The commit of the live values, from the file's `commit_sha`; null if the file names none. */
  readonly commit: string | null;
  /** Names in the file that the schema does not declare: the first 100, or fewer if names are long. */
  readonly unknownKeys: readonly string[];
  /** How many such names there are. */
  readonly unknownCount: number;
  /** SHA-256 of the live values file, in hex; null if there is no file, so that the defaults are in use. */
  readonly valuesHash: string | null;
  /** SHA-256 of the schema's source, in hex. */
  readonly schemaHash: string;
  /**
   * Why the namespace keeps these values although its file on disk differs, with `isolation: 'namespace'`; null if it does
   * not, and always without that setting.
   */
  readonly held: HeldStatus | null;
  /**
   * Since when the namespace serves its defaults because its values file was deleted. Null if it has a file, and if it had none
   * since the process started.
   */
  readonly lost: LostStatus | null;
}

/** A values file that was deleted, although its volume is still there. */
export interface LostStatus {
  /** Since when, RFC 3339. */
  readonly since: string;
}

/** Why a namespace keeps its last good values while others go on. */
export interface HeldStatus {
  /** Since when, RFC 3339. */
  readonly since: string;
  /** What is wrong with its file or its volume, one line for each issue; truncated to 1 KiB. */
  readonly reason: string;
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

/** What a start serves because values were invalid, until the watcher accepts those of all namespaces. */
export interface FallbackStatus {
  /** `lastGood`: the values that the state directory held. */
  readonly kind: 'lastGood' | 'defaults';
  /** When these values were kept, RFC 3339; null for the defaults. */
  readonly keptAt: string | null;
}

/** The last good values in the state directory. */
export interface StateStatus {
  /** The file that holds them. */
  readonly file: string;
  /** When they were written, RFC 3339; null if this process has not written or found any yet. */
  readonly keptAt: string | null;
  /** Why the directory cannot be used, as a clause; null if it can. */
  readonly problem: string | null;
}

/** The content of the status cell: JSON, UTF-8. */
export interface StatusRecord {
  /** The generation whose values `namespaces` describes; 0 before the first load. */
  readonly generation: number;
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
  /** Null unless the start fell back, and the watcher has not accepted the values of all namespaces since. */
  readonly fallback: FallbackStatus | null;
  /** Null without a state directory. */
  readonly state: StateStatus | null;
}

/** The record before the first load. */
export const EMPTY_STATUS_RECORD: StatusRecord = {
  generation: 0,
  appliedAt: null,
  reloadMs: null,
  rejection: null,
  rejectedAt: null,
  accessError: null,
  namespaces: Object.freeze(Object.create(null)),
  rejectedReloads: 0,
  reloads: [],
  mountWarnings: [],
  fallback: null,
  state: null,
};

/** The maximum length of a string in a status, in bytes of UTF-8. */
export const MAX_TEXT_BYTES = 1024;

/** Reads the records of one status cell. Decodes each record once, however often a thread asks for its status. */
export class StatusReader {
  readonly #cell: CellReader;
  #generation = 0;
  #record: StatusRecord | undefined;

  constructor(cell: CellReader) {
    this.#cell = cell;
  }

  /**
   * Returns the newest record, frozen, because all callers of a thread share it; undefined before the first one.
   *
   * @throws {CellCorruptedError} if the content of the cell is not what the watcher wrote
   */
  read(): StatusRecord | undefined {
    if (Atomics.load(this.#cell.header, GENERATION) === this.#generation) return this.#record;
    // 0: an older record is no substitute, so this tries until it has the newest.
    const acquired = this.#cell.acquire(0);
    if (acquired === undefined) return undefined;
    this.#record = decodeStatusRecord(acquired.bytes);
    this.#generation = acquired.generation;
    return this.#record;
  }
}

function decodeStatusRecord(bytes: Uint8Array<ArrayBuffer>): StatusRecord {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const record = JSON.parse(text) as StatusRecord;
  // Without a prototype: `constructor` is a valid name of a namespace.
  return freeze({ ...record, namespaces: Object.assign(Object.create(null), record.namespaces) });
}

function freeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) freeze(member);
  return Object.freeze(value);
}
