/**
 * Every error that this library throws: one class each, all {@link OptionsError}s with a stable `code`. Pure data: any
 * thread and any module may import it. `plain-error.ts` passes errors from the watcher to the thread that waits.
 */
import { escapeControlChars, escapeControlCharsInLines } from './text.js';

/** The `code` of every error. Each class has one code, except {@link WatcherError}, which has four. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'SCHEMA_INVALID'
  | 'VALUES_INVALID'
  | 'RELOAD_SUSPICIOUS'
  | 'SNAPSHOT_TOO_LARGE'
  | 'UNKNOWN_NAMESPACE'
  | 'UNKNOWN_OPTION'
  | 'NOT_INITIALIZED'
  | 'SNAPSHOT_UNREADABLE'
  | 'ALREADY_INITIALIZED'
  | 'START_TIMEOUT'
  | 'HANDLE_VERSION'
  | 'WATCHER_START_FAILED'
  | 'WATCHER_CRASHED'
  | 'WATCHER_CLOSED'
  | 'WATCHER_TIMEOUT';

/** One thing that is wrong at one place in one file. */
export interface Issue {
  /** The file's absolute path; `<schemas.NAMESPACE>` if the schema was passed to `init()`. */
  readonly file: string;
  /** The file's namespace. */
  readonly namespace: string;
  /** The place in the file: a JSON Pointer without its first slash (`db.config/port`); `''` is the whole file. */
  readonly pointer: string;
  /** What is wrong, for example `"invalid" is not of type "integer"`. */
  readonly message: string;
  /** The commit that the file was generated from, of values that are JSON and name it (`commit_sha`); absent otherwise. */
  readonly commit?: string;
}

/** The place of an error, as far as it is known. */
interface ErrorPlace {
  readonly file?: string | undefined;
  readonly namespace?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * The base class of every error of this library. Distinguish errors by `code`.
 *
 * @example
 * try {
 *   init();
 * } catch (error) {
 *   if (error instanceof OptionsError) console.error(error.code, error.file, error.namespace, error.key);
 * }
 */
export abstract class OptionsError extends Error {
  /** The class's name, even if a bundler renames the class. */
  override readonly name: string = 'OptionsError';
  /** The stable, documented name of the error. */
  abstract readonly code: ErrorCode;
  /** The file that causes the error; undefined if no file does. */
  readonly file: string | undefined;
  /** The namespace of the error; undefined if the error concerns no namespace. */
  readonly namespace: string | undefined;
  /** The option or the setting of the error; undefined if the error concerns neither. */
  readonly key: string | undefined;

  constructor(message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    // Names and paths come from files and callers, and hosts print messages to terminals.
    super(escapeControlCharsInLines(message), options);
    this.file = readString(place, 'file');
    this.namespace = readString(place, 'namespace');
    this.key = readString(place, 'key');
  }
}

/** Reads an own string: a caller may pass a symbol as a key, and other code may have changed `Object.prototype`. */
function readString(place: ErrorPlace, name: keyof ErrorPlace): string | undefined {
  const value: unknown = Object.hasOwn(place, name) ? place[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A setting of `init()` or `openOptions()`, or an argument of another call, is invalid. */
export class ConfigError extends OptionsError {
  readonly code = 'CONFIG_INVALID';
  override readonly name = 'ConfigError';
}

/** The base class of errors that list the issues of one or more files. */
export abstract class IssuesError extends OptionsError {
  /** All issues of all files that were read; empty if there was no file to read. */
  readonly issues: readonly Issue[];

  constructor(message: string, issues: readonly Issue[], options?: ErrorOptions) {
    const first = issues[0];
    const place = {
      file: first?.file,
      namespace: first?.namespace || undefined,
      key: first?.pointer.split('/')[0] || undefined,
    };
    super(message, place, options);
    this.issues = issues;
  }
}

/** A schema is missing, unreadable, or breaks the rules for schemas. Thrown at startup only. */
export class SchemaError extends IssuesError {
  readonly code = 'SCHEMA_INVALID';
  override readonly name = 'SchemaError';
}

/** Values are invalid: a file is unreadable, is not JSON, or does not satisfy its schema. */
export class ValuesError extends IssuesError {
  readonly code = 'VALUES_INVALID';
  override readonly name = 'ValuesError';
}

/** New values are valid but suspicious, and are held back until somebody accepts them, or the files change. */
export class SuspiciousReloadError extends IssuesError {
  readonly code = 'RELOAD_SUSPICIOUS';
  override readonly name = 'SuspiciousReloadError';
}

// Functions, not static methods: esbuild renames a class that refers to itself, and Node prints an uncaught error with
// that name.

/** Makes the error that lists all `issues`, one block per file. */
export function toSchemaError(issues: readonly Issue[], options?: ErrorOptions): SchemaError {
  return new SchemaError(
    describeIssues(issues, ({ file }) => `Schema error in ${escapeControlChars(file)}:`),
    issues,
    options,
  );
}

/** Makes the error that lists all `issues` after `prefix` and before `end`, one block per namespace. */
export function toValuesError(prefix: string, issues: readonly Issue[], end = ''): ValuesError {
  const text = describeIssues(
    issues,
    ({ namespace }) => `Value error for ${escapeControlChars(namespace)}:`,
    formatFile,
  );
  return new ValuesError(`${prefix}${text}${end}`, issues);
}

/** Makes the error of suspicious values after `prefix`, one block per namespace. */
export function toSuspiciousReloadError(prefix: string, issues: readonly Issue[], end: string): SuspiciousReloadError {
  const text = describeIssues(
    issues,
    ({ namespace }) => `Suspicious values for ${escapeControlChars(namespace)}:`,
    formatFile,
  );
  return new SuspiciousReloadError(`${prefix}${text}${end}`, issues);
}

/** Formats the file of an issue, and which commit it is of: the status has the commit of the values before. */
function formatFile(issue: Issue): string {
  const commit = Object.hasOwn(issue, 'commit') ? `, commit ${escapeControlChars(String(issue.commit))}` : '';
  return `\n  in ${escapeControlChars(issue.file)}${commit}`;
}

/** Makes the error for an unreadable values directory. `reason` is a sentence without its period. */
export function toUnreadableValuesError(prefix: string, reason: string): ValuesError {
  return new ValuesError(`${prefix}${reason}. Mount it, or let this process read it.`, []);
}

/** The snapshot is larger than shared memory may hold; the last valid values stay in use. */
export class SnapshotTooLargeError extends OptionsError {
  readonly code = 'SNAPSHOT_TOO_LARGE';
  override readonly name = 'SnapshotTooLargeError';
}

/** No schema declares the namespace. */
export class UnknownNamespaceError extends OptionsError {
  readonly code = 'UNKNOWN_NAMESPACE';
  override readonly name = 'UnknownNamespaceError';
}

/** The namespace's schema does not declare the option, or the option is a feature flag that is not set. */
export class UnknownOptionError extends OptionsError {
  readonly code = 'UNKNOWN_OPTION';
  override readonly name = 'UnknownOptionError';
}

/** This thread has no store: it neither called `init()` or `attach()` nor inherited a store. */
export class NotInitializedError extends OptionsError {
  readonly code = 'NOT_INITIALIZED';
  override readonly name = 'NotInitializedError';
}

/** This thread has no values yet, and it cannot read the published ones now. The next read tries again. */
export class SnapshotUnreadableError extends OptionsError {
  readonly code = 'SNAPSHOT_UNREADABLE';
  override readonly name = 'SnapshotUnreadableError';
}

/** This thread already has a store, and the call asks for a different store. */
export class AlreadyInitializedError extends OptionsError {
  readonly code = 'ALREADY_INITIALIZED';
  override readonly name = 'AlreadyInitializedError';
}

/** The watcher published no first values within `startTimeout`. */
export class StartTimeoutError extends OptionsError {
  readonly code = 'START_TIMEOUT';
  override readonly name = 'StartTimeoutError';
}

/** Another version of the library made the handle, and this version cannot read its memory. */
export class HandleVersionError extends OptionsError {
  readonly code = 'HANDLE_VERSION';
  override readonly name = 'HandleVersionError';
}

/** The codes of {@link WatcherError}. */
export type WatcherErrorCode = 'WATCHER_START_FAILED' | 'WATCHER_CRASHED' | 'WATCHER_CLOSED' | 'WATCHER_TIMEOUT';

/** The watcher cannot serve the call: it could not start, crashed, is closed, or does not answer. */
export class WatcherError extends OptionsError {
  readonly code: WatcherErrorCode;
  override readonly name = 'WatcherError';

  constructor(code: WatcherErrorCode, message: string, place?: ErrorPlace, options?: ErrorOptions) {
    super(message, place, options);
    this.code = code;
  }
}

/** Formats one block for each heading: the heading, one line per issue, the footing. */
function describeIssues(
  issues: readonly Issue[],
  heading: (issue: Issue) => string,
  footing: (issue: Issue) => string = () => '',
): string {
  const blocks = new Map<string, { lines: string[]; end: string }>();
  for (const issue of issues) {
    const title = heading(issue);
    let block = blocks.get(title);
    if (block === undefined) {
      block = { lines: [], end: footing(issue) };
      blocks.set(title, block);
    }
    block.lines.push(
      `\n\t${escapeControlChars(issue.pointer === '' ? issue.message : `${issue.pointer} ${issue.message}`)}`,
    );
  }
  return [...blocks].map(([title, { lines, end }]) => `${title}${lines.join('')}${end}`).join('\n');
}
