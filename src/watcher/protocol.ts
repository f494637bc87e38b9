/** The messages between the watcher and its owner, besides the shared memory. Types only; both threads import them. */
import type { MessagePort } from 'node:worker_threads';
import type { LogCode, LogSubject } from '../common/log.js';
import type { PlainError } from '../common/plain-error.js';
import type { Isolation, SuspiciousReload } from '../config/config.js';
import type { InspectSettings } from '../config/inspect.js';
import type { InvalidValuesPolicy } from '../config/state.js';
import type { TelemetrySettings } from '../config/telemetry.js';
import type { StoreHandle } from '../memory/handle.js';
import type { SharedSchemas } from '../memory/shared-schemas.js';
import type { StateHead } from '../state/kept.js';
import type { StatusRecord } from '../status/record.js';
import type { SocketFile } from './socket-file.js';

/** What the watcher needs to answer what is live. */
export interface InspectData {
  readonly settings: InspectSettings;
  /** The path of the program that runs in this process: `process.argv` of the watcher has none. */
  readonly program: string;
  /** The code of the server. */
  readonly source: string;
}

/** What the watcher needs to keep the last good values. */
export interface StateData {
  /** The state directory, absolute. */
  readonly directory: string;
  /** Identifies the code that validates values. */
  readonly validator: number;
  /** Why the directory cannot be used, as the owner has logged it; null if it can, as far as the owner knows. */
  readonly problem: string | null;
  /** Whether other processes may wait for what this start validates. */
  readonly isAwaited: boolean;
}

/** What the owner has published from a kept snapshot. The watcher continues from it. */
export interface WarmData {
  /** The bytes of the first publications, of the values and of the status. Transferred, not copied. */
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly status: Uint8Array<ArrayBuffer>;
  readonly record: StatusRecord;
  readonly namespaces: StateHead['namespaces'];
  /** The rest of the handle. */
  readonly shared: SharedSchemas;
}

/** The `workerData` of a watcher. */
export interface WatcherData {
  /** The base directory, absolute. */
  readonly directory: string;
  /** Schemas instead of those in the schemas directory, as JSON strings by namespace. */
  readonly schemas: Readonly<Record<string, string>> | undefined;
  /** Schemas besides those in the schemas directory, as JSON strings by namespace. */
  readonly additionalSchemas: Readonly<Record<string, string>> | undefined;
  /** Milliseconds between polls; null: polls only on request. */
  readonly pollInterval: number | null;
  /** In bytes: the largest values file, the most memory that it may take once parsed, and the largest snapshot. */
  readonly limits: { readonly fileBytes: number; readonly parsedBytes: number; readonly payloadBytes: number };
  readonly redactValues: boolean;
  readonly isolation: Isolation;
  readonly suspiciousReload: SuspiciousReload;
  readonly suppressMissingDirectory: boolean;
  readonly onInvalidValues: InvalidValuesPolicy;
  /** Undefined if the watcher keeps no values. */
  readonly state: StateData | undefined;
  /** Undefined if the watcher is to publish generation 1. */
  readonly warm: WarmData | undefined;
  /** Whether the watcher posts its messages for the host's logger; otherwise it writes them to stderr. */
  readonly hasLogger: boolean;
  /** Whether the watcher posts propagation delays. */
  readonly hasPropagationListener: boolean;
  /** Where the transactions of reloads go, and the code that sends them; undefined if telemetry is off. */
  readonly telemetry: { readonly settings: TelemetrySettings; readonly source: string } | undefined;
  /** Undefined if the process cannot be asked what is live. */
  readonly inspect: InspectData | undefined;
  readonly control: SharedArrayBuffer;
  readonly values: SharedArrayBuffer;
  readonly status: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** A way to crash the watcher on demand. `terminate` needs no message: the owner terminates the thread. */
export type CrashKind =
  | 'exception'
  | 'rejection'
  | 'throw-null'
  | 'exit'
  /** Allocates many small objects. */
  | 'out-of-memory'
  /** Allocates large arrays. */
  | 'out-of-memory-arrays'
  | 'terminate';

/** A message from the owner to the watcher. */
export type OwnerMessage =
  /** The store's handle, for the server that answers what is live. Posted once, if there is to be one. */
  | { readonly type: 'inspect'; readonly handle: StoreHandle }
  /** Crashes the watcher. Only tests post it. */
  | { readonly type: 'crash'; readonly how: Exclude<CrashKind, 'terminate'> }
  /** The state is `CLOSED`: the watcher sends the rest of its telemetry within `flushMs` milliseconds, and ends. */
  | { readonly type: 'stop'; readonly flushMs: number };

/** A message from the watcher to the owner. */
export type WatcherMessage =
  /** The rest of the handle. Posted once, before the state becomes `RUNNING`. */
  | ({ readonly type: 'ready' } & SharedSchemas)
  /** The error of a failed start. Posted once, before the state becomes `FAILED`. */
  | { readonly type: 'failed'; readonly error: PlainError }
  /** Why the start waits and tries again. Posted once for each reason in a row. */
  | { readonly type: 'delayed'; readonly reason: string }
  | { readonly type: 'log'; readonly code: LogCode; readonly message: string; readonly subject: LogSubject | undefined }
  /** A propagation delay. Posted after a reload, for each namespace with a new `generated_at`. */
  | { readonly type: 'propagation'; readonly namespace: string; readonly delaySecs: number }
  /** The socket on which the server listens, which the owner removes. */
  | { readonly type: 'socket'; readonly socket: SocketFile };

/** The messages that a watcher may post at any time. */
export type WatcherNews = Extract<WatcherMessage, { type: 'log' | 'propagation' | 'socket' }>;
