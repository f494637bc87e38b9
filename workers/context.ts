/**
 * Sees to it that whatever ends the watcher thread is told, once. Imported before anything else of the watcher, so that
 * an error in loading the rest (ajv, where code generation is forbidden) is told as well.
 */

import { workerData } from 'node:worker_threads';
import { describeThrown, type Log, logToStderr } from '../src/common/log.js';
import type { PlainError } from '../src/common/plain-error.js';
import { Control, WatcherState } from '../src/memory/control.js';
import { formatCrashMessage, formatCrashReason } from '../src/watcher/crash-message.js';
import type { WatcherData, WatcherMessage } from '../src/watcher/protocol.js';

export const data = workerData as WatcherData;
export const control = new Control(data.control);
export const log: Log = data.hasLogger ? (level, message) => post({ type: 'log', level, message }) : logToStderr;

/** What to do where code generation is forbidden, which is so for all threads of a process. */
const NO_EVAL =
  ' Values are validated by code that is generated from their schemas: start Node without ' +
  '`--disallow-code-generation-from-strings`.';

/** What ended the thread, as far as it is known: an object, since `undefined` can be thrown. */
let thrown: { readonly error: unknown } | undefined;

process.on('uncaughtExceptionMonitor', (error) => {
  thrown = { error };
});

// Runs on an exception, an unhandled rejection and process.exit, but not on terminate() nor when memory has run out:
// there the thread that started this one finds out. Whoever moves the state is the one that speaks.
process.on('exit', (code) => {
  const cause = thrown === undefined ? `the thread ended with exit code ${code}` : describeThrown(thrown.error);
  const reason = formatCrashReason(cause);
  if (control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, reason)) {
    log('error', formatCrashMessage(reason));
  } else if (control.state === WatcherState.STARTING) {
    const message = `The watcher thread could not start: ${cause}.${thrown?.error instanceof EvalError ? NO_EVAL : ''}`;
    failStart({ code: 'WATCHER_START_FAILED', message });
  }
});

/** Ends the start with `error`, which is posted before the state moves: who wakes up finds it. */
export function failStart(error: PlainError): void {
  post({ type: 'failed', error });
  control.moveState(WatcherState.STARTING, WatcherState.FAILED, error.message);
}

/** Posts to the thread that started this one. */
export function post(message: WatcherMessage): void {
  data.port.postMessage(message);
}
