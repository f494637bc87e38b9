/** Calls functions of the host: listeners and loggers. Runs in every thread that reads. Imports nothing. */

/**
 * Calls a function of the host, and passes what it throws to `onFailure`. If it returns a promise or another thenable,
 * as an `async` function does, passes on its rejection, too: otherwise, that rejection would end the process.
 *
 * @param onFailure must not throw
 */
export function callHost(call: () => unknown, onFailure: (error: unknown) => void): void {
  try {
    const result = call();
    if (result === undefined) return;
    // Not `result.then`, which may throw, or call back twice: a promise of our own follows `result`, whatever it does.
    new Promise((resolve) => resolve(result)).then(undefined, onFailure);
  } catch (error) {
    onFailure(error);
  }
}
