/**
 * Writes the library's messages. Runs in every thread: without a logger, the watcher writes its own messages, so that
 * none is lost if the program ends at once, and none waits for another thread's event loop.
 */
import { writeSync } from 'node:fs';
import { callHost } from './host-call.js';
import { type Logger, type LogSubject, makeCall } from './host-logger.js';
import { sleepSync } from './host-time.js';
import { isForStderr, LOG_LEVELS, type LogCode, type LogLevel } from './log-codes.js';
import { escapeControlCharsInLines } from './text.js';

export type { Logger, LogSubject } from './host-logger.js';
export type { LogCode, LogLevel } from './log-codes.js';

/**
 * Logs one message. Never throws.
 *
 * @param code what the message means; its level follows from it
 * @param subject what the message is about; absent if that is several things, or none
 */
export type Log = (code: LogCode, message: string, subject?: LogSubject) => void;

const STDERR = 2;
/** How often, and after how many milliseconds each time, a write to a full stderr is retried. */
const RETRIES = 20;
const RETRY_MS = 5;

/** The default: writes problems, and their ends, directly to stderr and drops the rest. */
export const logToStderr: Log = (code, message) => {
  if (!isForStderr(code)) return;
  try {
    const level: LogLevel = LOG_LEVELS[code];
    // Not process.stderr: in a worker, that is a pipe through the main thread's event loop.
    writeWhole(
      Buffer.from(`[sentry-options] ${level === 'warn' ? 'warning' : level}: ${escapeControlCharsInLines(message)}\n`),
    );
  } catch {
    // A closed or full stderr must not harm the host, and nothing is left to report it to.
  }
};

/** Loggers that failed, each of which stderr has reported once. */
const failedLoggers = new WeakSet<Logger>();

/**
 * Makes a Log that calls a logger of the host. If the logger throws, or returns a promise that rejects, a warning or an
 * error goes to stderr instead. The first time, what the logger threw goes to stderr, too.
 */
export function logTo(logger: Logger): Log {
  const call = makeCall(logger);
  return (code, message, subject = {}) => {
    const level = LOG_LEVELS[code];
    callHost(
      () => call(level, escapeControlCharsInLines(message), code, subject),
      (error) => {
        logToStderr(code, message);
        if (failedLoggers.has(logger)) return;
        failedLoggers.add(logger);
        const thrown = describeThrown(error);
        logToStderr(
          'logger-failed',
          `logger.${level} failed; warnings and errors that it cannot log go to stderr: ${thrown}`,
        );
      },
    );
  };
}

/** Describes a thrown value in one line. Never throws, although anything can be thrown. */
export function describeThrown(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  } catch {
    // A symbol as a name, an object without a prototype, a getter that throws.
    return 'a value that cannot be described';
  }
}

/** Describes a thrown value by its stack if it has one. Never throws. */
export function describeStack(thrown: unknown): string {
  try {
    if (thrown instanceof Error && typeof thrown.stack === 'string') return thrown.stack;
  } catch {
    // A getter that throws.
  }
  return describeThrown(thrown);
}

/**
 * Writes all of `bytes`. Node makes a pipe on stderr non-blocking as soon as a worker thread starts: the pipe accepts a
 * part of a long message, or nothing while it is full. A live reader drains it in a moment; no reader gets more time.
 */
function writeWhole(bytes: Buffer): void {
  let written = 0;
  for (let retries = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDERR, bytes, written);
      retries = 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || ++retries > RETRIES) throw error;
      sleepSync(RETRY_MS);
    }
  }
}
