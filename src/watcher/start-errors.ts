/** The errors of a start that fails in the system, not in a file. Runs in the thread that calls `init()`. */
import { realpathSync } from 'node:fs';
import { StartTimeoutError, WatcherError } from '../common/errors.js';
import { describeThrown } from '../common/log.js';
import { CHANGE_DIRECTORY } from '../config/base-directory.js';
import type { Control } from '../memory/control.js';

const CHECK_SYSTEM = 'Check the limits of the process (`ulimit -n`) and the file system';

/** Makes the error of a thread that could not start. `advice`: what to do. */
export function makeStartError(cause: unknown, advice: string): WatcherError {
  // Some messages of Node end in a full stop, some do not.
  const reason = describeThrown(cause).replace(/\.$/, '');
  const message = `The watcher thread could not start: ${reason}. ${advice}`;
  return new WatcherError('WATCHER_START_FAILED', message, {}, { cause });
}

/** Node starts no thread while the working directory does not exist: it reads its path, even if nobody needs it. */
export function findWorkingDirectoryError(): WatcherError | undefined {
  try {
    // Not process.cwd(), which remembers the path.
    realpathSync.native('.');
    return undefined;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') return undefined;
    return makeStartError('the working directory of the process was deleted', CHANGE_DIRECTORY);
  }
}

/** Makes the error of a thread that ended without a message. */
export function makeSilentExitError(control: Control): WatcherError {
  return new WatcherError(
    'WATCHER_START_FAILED',
    'The watcher thread ended without an error before it published the first values; it probably ran out of memory.' +
      (control.reading === undefined ? '' : ` The last file that it began to read is ${control.reading}.`),
    { file: control.reading },
  );
}

/**
 * Makes the error of a start that took longer than `timeout`, in milliseconds.
 *
 * @param delay why the start waits, if the watcher has posted that
 */
export function makeTimeoutError(control: Control, timeout: number, delay: string | undefined): StartTimeoutError {
  const file = control.reading;
  return new StartTimeoutError(
    `The watcher thread did not publish the first values within ${timeout} ms: ` +
      `${delay === undefined ? describeProgress(control) : `${delay}. ${CHECK_SYSTEM}`}, or raise \`startTimeout\`.`,
    { file },
  );
}

function describeProgress(control: Control): string {
  const file = control.reading;
  if (file === undefined) {
    return 'it has not opened a file yet. Check the memory and the file descriptors of the process';
  }
  return control.isWorking()
    ? `it still loads the files, ${file} at last. Give the process more CPU time`
    : `it is reading ${file}. Check that its file system responds`;
}
