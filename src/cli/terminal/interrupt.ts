/** Signals that end the process while it has something to clean up. */
import { setImmediate } from 'node:timers/promises';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Does `work`. Where one of the usual signals arrives meanwhile, `cleanUp` is called, and then the process ends by that
 * signal. It arrives between turns of the event loop only: work that is synchronous is done as a whole.
 */
export async function withCleanUp<T>(cleanUp: () => void, work: () => T | Promise<T>): Promise<T> {
  const onSignal = (signal: NodeJS.Signals): void => {
    for (const name of SIGNALS) process.off(name, onSignal);
    try {
      cleanUp();
    } finally {
      // Not an exit code: the shell is to know that a signal was the end, and stop its script.
      process.kill(process.pid, signal);
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await work();
  } finally {
    // A signal that came during the last synchronous stretch would be lost without a turn to arrive in.
    await setImmediate();
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
