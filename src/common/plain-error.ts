/** Passes errors from the watcher to other threads: a structured clone would lose the class. Pure. */
import { type Issue, IssuesError, SchemaError, SnapshotTooLargeError, ValuesError, WatcherError } from './errors.js';

/** The errors that the watcher passes to other threads. */
export type CrossThreadError = SchemaError | ValuesError | SnapshotTooLargeError;

/** An error in transit between two threads: JSON, without a class. */
export interface PlainError {
  readonly code: CrossThreadError['code'] | 'WATCHER_START_FAILED';
  readonly message: string;
  readonly stack?: string | undefined;
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
    stack: error.stack,
    file: error.file,
    namespace: error.namespace,
    key: error.key,
    issues: error instanceof IssuesError ? error.issues : undefined,
  };
}

/** Restores the error that {@link toPlain} converted, with the stack of the thread that threw it. */
export function fromPlain(plain: PlainError): CrossThreadError | WatcherError {
  const error = restore(plain);
  if (Object.hasOwn(plain, 'stack')) error.stack = plain.stack as string;
  return error;
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
    case 'SNAPSHOT_TOO_LARGE':
      return new SnapshotTooLargeError(message, plain);
    case 'WATCHER_START_FAILED':
      return new WatcherError(code, message, plain);
  }
}
