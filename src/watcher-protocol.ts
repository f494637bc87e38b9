/** What the thread that starts a watcher and the watcher say to each other, beside the shared memory. */
import type { MessagePort } from 'node:worker_threads';
import type { SharedSchemas } from './catalogue.js';
import type { PlainError } from './errors.js';
import type { LogLevel } from './log.js';

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

/** What the thread that started a watcher posts to it: only tests do. */
export interface OwnerMessage {
  readonly type: 'crash';
  readonly how: Exclude<CrashKind, 'terminate'>;
}

/** What a watcher posts to the thread that started it. */
export type WatcherMessage =
  /** Once, before the state becomes `RUNNING`: the rest of the handle. */
  | ({ readonly type: 'ready' } & SharedSchemas)
  /** Once, before the state becomes `FAILED`. */
  | { readonly type: 'failed'; readonly error: PlainError }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string };
