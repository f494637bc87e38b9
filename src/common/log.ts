/**
 * Writes the library's messages. Runs in every thread: without a logger, the watcher writes its own messages, so that
 * none is lost if the program ends at once, and none waits for another thread's event loop.
 */
import { writeSync } from 'node:fs';
import { callHost } from './host-call.js';
import { sleepSync } from './host-time.js';
import { escapeControlCharsInLines } from './text.js';

/** The severity of a message. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * A logger of the host, for example `console`. Called in the thread that starts the store. It may throw, and return
 * promises that reject.
 */
export interface Logger {
  /** Logs a detail that helps to debug, for example why a flag is off. */
  debug(message: string): void;
  /** Logs a success, for example that the files are valid again. */
  info(message: string): void;
  /** Logs what may be wrong and stops nothing, for example a wrong mount. */
  warn(message: string): void;
  /** Logs a failure, for example a rejected reload or a crash of the watcher. */
  error(message: string): void;
}

/** Logs one message. Never throws. */
export type Log = (level: LogLevel, message: string) => void;

const STDERR = 2;
/** How often, and after how many milliseconds each time, a write to a full stderr is retried. */
const RETRIES = 20;
const RETRY_MS = 5;

/** The default: writes warnings and errors directly to stderr and drops the rest. */
export const logToStderr: Log = (level, message) => {
  if (level !== 'warn' && level !== 'error') return;
  try {
    // Not process.stderr: in a worker, that is a pipe through the main thread's event loop.
    const label = level === 'warn' ? 'warning' : 'error';
    writeWhole(Buffer.from(`[sentry-options] ${label}: ${escapeControlCharsInLines(message)}\n`));
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
  return (level, message) => {
    callHost(
      () => logger[level](escapeControlCharsInLines(message)),
      (error) => {
        logToStderr(level, message);
        if (failedLoggers.has(logger)) return;
        failedLoggers.add(logger);
        const thrown = describeThrown(error);
        logToStderr('error', `logger.${level} failed; warnings and errors that it cannot log go to stderr: ${thrown}`);
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
