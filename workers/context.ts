/**
 * Reports whatever ends the watcher thread, exactly once. Runs in the watcher thread, as its first import: a failure to
 * load any other module (ajv, if code generation is forbidden) is reported too. So it must not import such a module.
 */
import { workerData } from 'node:worker_threads';
import { describeThrown, type Log, logToStderr } from '../src/common/log.js';
import { type PlainError, readFrames } from '../src/common/plain-error.js';
import { Control, WatcherState } from '../src/memory/control.js';
import { formatCrashMessage, formatCrashReason } from '../src/watcher/crash-message.js';
import type { WatcherData, WatcherMessage } from '../src/watcher/protocol.js';

export const data = workerData as WatcherData;
export const control = new Control(data.control);
export const log: Log = data.hasLogger
  ? (code, message, subject) => post({ type: 'log', code, message, subject })
  : logToStderr;

/** Advice if code generation is forbidden, which applies to all threads of a process. */
const NO_EVAL =
  ' The validator generates code from the schemas. Start Node without `--disallow-code-generation-from-strings`.';

/** The error that ended the thread, if one is known. An object, because code can throw `undefined`. */
let thrown: { readonly error: unknown } | undefined;

process.on('uncaughtExceptionMonitor', (error) => {
  thrown = { error };
});

// Runs on an exception, an unhandled rejection and process.exit, but not on terminate() and not if memory runs out:
// the owner detects those two. Whichever thread moves the state reports the crash.
process.on('exit', (code) => {
  const cause = thrown === undefined ? `the thread ended with exit code ${code}` : describeThrown(thrown.error);
  const frames = thrown?.error instanceof Error ? readFrames(thrown.error) : '';
  const reason = formatCrashReason(cause);
  if (control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, reason)) {
    log('watcher-crashed', formatCrashMessage(reason, frames));
  } else if (control.state === WatcherState.STARTING) {
    const message = `The watcher thread could not start: ${cause}.${thrown?.error instanceof EvalError ? NO_EVAL : ''}`;
    failStart({ code: 'WATCHER_START_FAILED', message, frames });
  }
});

/** Fails the start with `error`. Posts it before the state moves: the owner that wakes up must find it. */
export function failStart(error: PlainError): void {
  post({ type: 'failed', error });
  control.moveState(WatcherState.STARTING, WatcherState.FAILED, error.message);
}

/** Posts `message` to the owner, the thread that started this one. */
export function post(message: WatcherMessage): void {
  data.port.postMessage(message);
}
