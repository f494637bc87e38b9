/**
 * Every error that this library throws, one class each, all of them {@link OptionsError}s with a stable `code`.
 *
 * Pure data: nothing here touches a thread or a file, so every room of the house may import it. An error that
 * arises in the watcher crosses to the thread that waits for it as a {@link PlainError} (a structured clone would
 * lose the class), and {@link fromPlain} makes it whole again.
 */
import { escapeControlChars } from './text.js';

/** Every `code` there is, and the class that carries it. */
export type ErrorCode =
  | 'CONFIG_INVALID'
  | 'SCHEMA_INVALID'
  | 'VALUES_INVALID'
  | 'SNAPSHOT_TOO_LARGE'
  | 'UNKNOWN_NAMESPACE'
  | 'UNKNOWN_OPTION'
  | 'NOT_INITIALIZED'
  | 'ALREADY_INITIALIZED'
  | 'START_TIMEOUT'
  | 'HANDLE_VERSION'
  | 'WATCHER_START_FAILED'
  | 'WATCHER_CRASHED'
  | 'WATCHER_CLOSED'
  | 'WATCHER_TIMEOUT';

/** One thing that is wrong with one place of one file. */
export interface Issue {
  /** The file's absolute path; `<schemas.NAMESPACE>` where the schema was handed to `init()`. */
  readonly file: string;
  /** The namespace that the file belongs to. */
  readonly namespace: string;
  /** The place: a JSON Pointer without its first slash (`db.config/port`), `''` for the file as a whole. */
  readonly pointer: string;
  /** What is wrong there: `"invalid" is not of type "integer"`. */
  readonly message: string;
}

/** Where an error happened, as far as it is known. */
interface ErrorPlace {
  readonly file?: string | undefined;
  readonly namespace?: string | undefined;
  readonly key?: string | undefined;
}

/** The base of every error of this library: catch it, and tell them apart by `code`. */
export abstract class OptionsError extends Error {
  /** The class's name, also where a bundler has renamed the class. */
  override readonly name: string = 'OptionsError';
  /** A stable, documented name of what happened. */
  abstract readonly code: ErrorCode;
  /** The file that is at fault, where one is. */
  readonly file: string | undefined;
  /** The namespace concerned, where there is one. */
  readonly namespace: string | undefined;
  /** The option concerned, where there is one. */
  readonly key: string | undefined;

  constructor(message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(message, options);
    this.file = place.file;
    this.namespace = place.namespace;
    this.key = place.key;
  }
}

/** The configuration handed to `init()` or `openOptions()` is not usable. */
export class ConfigError extends OptionsError {
  readonly code = 'CONFIG_INVALID';
  override readonly name = 'ConfigError';
}

/** An error that lists the faults of one or more files. */
export abstract class IssuesError extends OptionsError {
  /** All that is wrong, in all files that were read; none where there was no file to read. */
  readonly issues: readonly Issue[];

  constructor(message: string, issues: readonly Issue[]) {
    const first = issues[0];
    super(message, {
      file: first?.file,
      namespace: first?.namespace || undefined,
      key: first?.pointer.split('/')[0] || undefined,
    });
    this.issues = issues;
  }
}

/** A schema cannot be used: it is missing, unreadable, or breaks the rules of schemas. Thrown at start only. */
export class SchemaError extends IssuesError {
  readonly code = 'SCHEMA_INVALID';
  override readonly name = 'SchemaError';
}

/** Values cannot be used: a file is unreadable, is no JSON, or does not satisfy its schema. */
export class ValuesError extends IssuesError {
  readonly code = 'VALUES_INVALID';
  override readonly name = 'ValuesError';
}

// Functions, and not static methods: esbuild renames a class that names itself, and an error that nobody catches is
// printed with that name.

/** Says all `faults`, a block for each file. */
export function toSchemaError(issues: readonly Issue[]): SchemaError {
  return new SchemaError(
    describeIssues(issues, (issue) => `Schema error in ${issue.file}:`),
    issues,
  );
}

/** Says all `faults` after the words of `prefix`, a block for each namespace. */
export function toValuesError(prefix: string, issues: readonly Issue[]): ValuesError {
  const text = describeIssues(
    issues,
    (issue) => `Value error for ${issue.namespace}:`,
    (issue) => `\n  in ${issue.file}`,
  );
  return new ValuesError(`${prefix}${text}`, issues);
}

/** Says that the values directory cannot be read at all; `problem` is the beginning of a sentence. */
export function toUnreadableValuesError(prefix: string, problem: string): ValuesError {
  return new ValuesError(`${prefix}${problem}. Mount it, or let this process read it.`, []);
}

/** The snapshot is larger than shared memory may hold; the last good values stay. */
export class SnapshotTooLargeError extends OptionsError {
  readonly code = 'SNAPSHOT_TOO_LARGE';
  override readonly name = 'SnapshotTooLargeError';
}

/** No schema declares the namespace. */
export class UnknownNamespaceError extends OptionsError {
  readonly code = 'UNKNOWN_NAMESPACE';
  override readonly name = 'UnknownNamespaceError';
}

/** The namespace's schema does not declare the option, or it is a feature flag that is not set. */
export class UnknownOptionError extends OptionsError {
  readonly code = 'UNKNOWN_OPTION';
  override readonly name = 'UnknownOptionError';
}

/** This thread has no store: neither did it call `init()` or `attach()`, nor did it inherit one. */
export class NotInitializedError extends OptionsError {
  readonly code = 'NOT_INITIALIZED';
  override readonly name = 'NotInitializedError';
}

/** This thread has a store already, and another one was asked for. */
export class AlreadyInitializedError extends OptionsError {
  readonly code = 'ALREADY_INITIALIZED';
  override readonly name = 'AlreadyInitializedError';
}

/** The watcher published no first value within `startTimeout`. */
export class StartTimeoutError extends OptionsError {
  readonly code = 'START_TIMEOUT';
  override readonly name = 'StartTimeoutError';
}

/** A handle was made by another version of the library, whose memory this one cannot read. */
export class HandleVersionError extends OptionsError {
  readonly code = 'HANDLE_VERSION';
  override readonly name = 'HandleVersionError';
}

/** What can be the matter with the watcher thread. */
export type WatcherErrorCode = 'WATCHER_START_FAILED' | 'WATCHER_CRASHED' | 'WATCHER_CLOSED' | 'WATCHER_TIMEOUT';

/** The watcher cannot do what it was asked for: it could not start, crashed, was closed, or does not answer. */
export class WatcherError extends OptionsError {
  readonly code: WatcherErrorCode;
  override readonly name = 'WatcherError';

  constructor(code: WatcherErrorCode, message: string, place?: ErrorPlace, options?: ErrorOptions) {
    super(message, place, options);
    this.code = code;
  }
}

/** One block for each run of faults with the same heading: the heading, a line a fault, the footing. */
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
