/**
 * Where messages go. Used by every thread: the watcher without a logger writes for itself, so that nothing is lost
 * when the program ends at once, and needs no turn of anybody's event loop.
 */
import { writeSync } from 'node:fs';

/** How much a message matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What a logger of the host looks like: `console`'s shape. */
export interface Logger {
  /** What helps to find out why something is as it is. */
  debug(message: string): void;
  /** What went well, and is worth a line: files that are good again. */
  info(message: string): void;
  /** What may be wrong, and stops nothing. */
  warn(message: string): void;
  /** What is wrong: a reload was refused, the watcher is dead. */
  error(message: string): void;
}

/** Takes one message. Never throws. */
export type Log = (level: LogLevel, message: string) => void;

const STDERR = 2;
/** How often, and after how many milliseconds each time, a full stderr is tried again. */
const RETRIES = 20;
const RETRY_MS = 5;
const NEVER_NOTIFIED = new Int32Array(new SharedArrayBuffer(4));

/** The default: warnings and errors straight to stderr, the rest nowhere. */
export const logToStderr: Log = (level, message) => {
  if (level !== 'warn' && level !== 'error') return;
  try {
    // Not process.stderr: in a worker that is a pipe through the main thread's event loop.
    writeWhole(
      Buffer.from(`[sentry-options] ${level === 'warn' ? 'warning' : 'error'}: ${message}
`),
    );
  } catch {
    // A closed or full stderr is no reason to harm the host, and nothing is left to report it to.
  }
};

/** Loggers that threw, and that stderr has a line about. */
const failedLoggers = new WeakSet<Logger>();

/**
 * Logs to a logger of the host. A warning or an error that the logger cannot take goes to stderr; the first time with
 * what the logger threw.
 */
export function logTo(logger: Logger): Log {
  return (level, message) => {
    try {
      logger[level](message);
    } catch (error) {
      logToStderr(level, message);
      if (failedLoggers.has(logger)) return;
      failedLoggers.add(logger);
      logToStderr('error', `logger.${level} threw; what it cannot take goes to stderr: ${describeThrown(error)}`);
    }
  };
}

/** What ended a thread or its start, in one line: anything can be thrown. */
export function describeThrown(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}

/**
 * Node makes a pipe on stderr non-blocking as soon as a worker thread is started: it takes a part of a long message,
 * or nothing for as long as it is full. A reader that lives makes room in a moment; none is waited for any longer.
 */
function writeWhole(bytes: Buffer): void {
  let written = 0;
  for (let retries = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDERR, bytes, written);
      retries = 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || ++retries > RETRIES) throw error;
      Atomics.wait(NEVER_NOTIFIED, 0, 0, RETRY_MS);
    }
  }
}
