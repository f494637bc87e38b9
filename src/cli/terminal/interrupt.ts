/** Cleans up if a signal ends the process during some work. Runs in the command line's main thread. */
import { setImmediate } from 'node:timers/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work`. If SIGINT, SIGTERM or SIGHUP arrives meanwhile, calls `cleanUp`, then ends the process by that signal. A
 * signal arrives only between turns of the event loop: synchronous work is never interrupted.
 */
export async function withCleanUp<T>(cleanUp: () => void, work: () => T | Promise<T>): Promise<T> {
  const onSignal = (signal: NodeJS.Signals): void => {
    for (const name of SIGNALS) process.off(name, onSignal);
    try {
      cleanUp();
    } finally {
      // By the signal and not by an exit code: so the shell knows of the signal and stops its script.
      process.kill(process.pid, signal);
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work();
  } finally {
    // Without one more turn of the event loop, a signal that came during the last synchronous stretch would be lost.
    await setImmediate();
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
