/** What the thread that starts a watcher and the watcher say to each other, beside the shared memory. */

import type { MessagePort } from 'node:worker_threads';
import type { LogLevel } from '../common/log.js';
import type { PlainError } from '../common/plain-error.js';
import type { TelemetrySettings } from '../config/telemetry.js';
import type { SharedSchemas } from '../memory/catalog.js';

/** What a watcher is started with. */
export interface WatcherData {
  /** The base directory, absolute. */
  readonly directory: string;
  readonly schemas: Readonly<Record<string, string>> | undefined;
  readonly additionalSchemas: Readonly<Record<string, string>> | undefined;
  /** Milliseconds; null: only when asked. */
  readonly pollInterval: number | null;
  readonly redactValues: boolean;
  readonly suppressMissingDirectory: boolean;
  /** Whether messages go through the port, to the host's logger, or straight to stderr. */
  readonly hasLogger: boolean;
  /** Whether delays of propagation are posted. */
  readonly hasPropagationListener: boolean;
  /** Where transactions of reloads are sent to; undefined for nowhere. */
  readonly telemetry: TelemetrySettings | undefined;
  readonly control: SharedArrayBuffer;
  readonly values: SharedArrayBuffer;
  readonly status: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** A way for the watcher to end on demand. `terminate` is the owner's, and needs no word to the thread. */
export type CrashKind =
  | 'exception'
  | 'rejection'
  | 'throw-null'
  | 'exit'
  /** By many small objects. */
  | 'out-of-memory'
  /** By large arrays. */
  | 'out-of-memory-arrays'
  | 'terminate';

/** What the thread that started a watcher posts to it. */
export type OwnerMessage =
  /** Only tests do. */
  | { readonly type: 'crash'; readonly how: Exclude<CrashKind, 'terminate'> }
  /** The code that sends telemetry, once, where there is a DSN. */
  | { readonly type: 'telemetry'; readonly source: string }
  /** The state is `CLOSED`: send what is left of the telemetry within `flushMs` milliseconds, and end. */
  | { readonly type: 'stop'; readonly flushMs: number };

/** What a watcher posts to the thread that started it. */
export type WatcherMessage =
  /** Once, before the state becomes `RUNNING`: the rest of the handle. */
  | ({ readonly type: 'ready' } & SharedSchemas)
  /** Once, before the state becomes `FAILED`. */
  | { readonly type: 'failed'; readonly error: PlainError }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string }
  /** After a reload, for each namespace that it brought a new `generated_at`. */
  | { readonly type: 'propagation'; readonly namespace: string; readonly delaySecs: number };

/** What a watcher posts at any time of its life. */
export type WatcherNews = Extract<WatcherMessage, { type: 'log' | 'propagation' }>;
