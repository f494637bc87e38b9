/** Passes errors from the watcher to other threads: a structured clone would lose the class. Pure. */
import {
  type Issue,
  IssuesError,
  SchemaError,
  SnapshotTooLargeError,
  SuspiciousReloadError,
  ValuesError,
  WatcherError,
} from './errors.js';

/** The errors that the watcher passes to other threads. */
export type CrossThreadError = SchemaError | ValuesError | SuspiciousReloadError | SnapshotTooLargeError;

/** An error in transit between two threads: JSON, without a class. */
export interface PlainError {
  readonly code: CrossThreadError['code'] | 'WATCHER_START_FAILED';
  readonly message: string;
  /** Where the watcher threw it: the lines of the stack after the message. */
  readonly frames?: string | undefined;
  readonly file?: string | undefined;
  readonly namespace?: string | undefined;
  readonly key?: string | undefined;
  readonly issues?: readonly Issue[] | undefined;
}

/** Whether {@link toPlain} can convert `error`. */
export function isCrossThreadError(error: unknown): error is CrossThreadError {
  return error instanceof IssuesError || error instanceof SnapshotTooLargeError;
}

/** Converts an error to a form that can be posted, or written to shared memory. */
export function toPlain(error: CrossThreadError): PlainError {
  return {
    code: error.code,
    message: error.message,
    frames: readFrames(error),
    file: error.file,
    namespace: error.namespace,
    key: error.key,
    issues: error instanceof IssuesError ? error.issues : undefined,
  };
}

/**
 * Restores the error that {@link toPlain} converted. Its stack leads to the caller of this function, which the reader of
 * the error knows; the stack of the watcher is in `cause`.
 */
export function fromPlain(plain: PlainError): CrossThreadError | WatcherError {
  const error = restore(plain);
  Error.captureStackTrace(error, fromPlain);
  if (!Object.hasOwn(plain, 'frames')) return error;
  const cause = new Error('thrown in the watcher thread');
  cause.stack = `Error: ${cause.message}${plain.frames}`;
  // Like the option of the constructor, so that it is not printed twice.
  // Without a prototype: other code may have added a `get` to all objects.
  Object.defineProperty(error, 'cause', {
    __proto__: null,
    value: cause,
    configurable: true,
    writable: true,
  } as object);
  return error;
}

/** Returns the lines of an error's stack after its message, each after a line break; `''` if it has none. */
export function readFrames({ stack, message }: Error): string {
  if (typeof stack !== 'string') return '';
  // A message of several lines is a part of the stack.
  const frames = stack.slice(stack.indexOf(message) + message.length);
  return frames.slice(Math.max(0, frames.indexOf('\n')));
}

function restore(plain: PlainError): CrossThreadError | WatcherError {
  // JSON omits what is undefined.
  const { code, message } = plain;
  const issues = (Object.hasOwn(plain, 'issues') ? plain.issues : undefined) ?? [];
  switch (code) {
    case 'SCHEMA_INVALID':
      return new SchemaError(message, issues);
    case 'VALUES_INVALID':
      return new ValuesError(message, issues);
    case 'RELOAD_SUSPICIOUS':
      return new SuspiciousReloadError(message, issues);
    case 'SNAPSHOT_TOO_LARGE':
      return new SnapshotTooLargeError(message, plain);
    case 'WATCHER_START_FAILED':
      return new WatcherError(code, message, plain);
  }
}
