/**
 * Calls loggers of the host by the conventions of their libraries: pino's kind takes fields before the message, winston
 * one object, every other one the message alone. Runs in every thread that logs.
 */
import type { LogCode, LogLevel } from './log-codes.js';
import { escapeControlChars, truncate } from './text.js';

/**
 * A logger of the host, for example `console` or `pino()`. Called in the thread that starts the store. It may throw, and
 * return promises that reject.
 *
 * A logger of pino, bunyan or winston also receives the fields `code`, `namespace`, `generation` and `file`.
 */
export interface Logger {
  /** Logs a detail that helps to debug, for example why a flag is off. */
  debug(message: string): void;
  /** Logs a success, for example that new values are live, or that the files are valid again. */
  info(message: string): void;
  /** Logs what may be wrong and stops nothing, for example a wrong mount. */
  warn(message: string): void;
  /** Logs a failure, for example a rejected reload or a crash of the watcher. */
  error(message: string): void;
}

/** What a message is about, as far as it is about one thing. */
export interface LogSubject {
  readonly namespace?: string | undefined;
  readonly generation?: number | undefined;
  /** The path of the file. */
  readonly file?: string | undefined;
}

/** How the methods of a logger take what they log. */
type Convention = 'fields-first' | 'one-object' | 'text';

/** The longest namespace and path in a field, in characters. */
const MAX_NAMESPACE = 100;
const MAX_FILE = 1_000;

const NO_SUBJECT = { namespace: undefined, generation: undefined, file: undefined };

/** Returns a function that calls `logger`. It throws, and returns, what the logger does. */
export function makeCall(
  logger: Logger,
): (level: LogLevel, message: string, code: LogCode, subject: LogSubject) => unknown {
  const convention = detectConvention(logger);
  // As methods: `console` needs no `this`, other loggers do.
  const methods = logger as unknown as Record<LogLevel, (...values: unknown[]) => unknown>;
  return (level, message, code, subject) => {
    switch (convention) {
      case 'fields-first':
        return methods[level](makeFields(code, subject), message);
      case 'one-object':
        // Not as two arguments: winston would replace a `%s` in the first one by the second one.
        return methods[level]({ ...makeFields(code, subject), message });
      case 'text':
        return methods[level](message);
    }
  };
}

/** Tells the convention from methods that only the loggers of one library have. */
function detectConvention(logger: Logger): Convention {
  const has = (name: string) => typeof (logger as unknown as Record<string, unknown>)[name] === 'function';
  try {
    if (!has('child')) return 'text';
    // The first is of pino, the second of bunyan.
    if (has('bindings') || has('addSerializers')) return 'fields-first';
    return has('configure') && 'transports' in logger ? 'one-object' : 'text';
  } catch {
    // A getter or a proxy that throws.
    return 'text';
  }
}

/** Makes a new object: winston adds to the one that it gets. Names and paths are treated as they are in messages. */
function makeFields(code: LogCode, subject: LogSubject): Record<string, unknown> {
  // Not inherited: other code may have changed `Object.prototype`.
  const { namespace, generation, file }: LogSubject = { ...NO_SUBJECT, ...subject };
  return {
    code,
    ...(namespace !== undefined && { namespace: escapeControlChars(truncate(namespace, MAX_NAMESPACE)) }),
    ...(generation !== undefined && { generation }),
    ...(file !== undefined && { file: escapeControlChars(truncate(file, MAX_FILE)) }),
  };
}
