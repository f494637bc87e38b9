/** Formats the messages about a crashed watcher. Pure: whichever thread first detects the crash logs it. */

/** Formats the reason of a crash, for the status. */
export function formatCrashReason(cause: string): string {
  return `Watcher thread panicked with: ${cause}`;
}

/** Formats the message of a crash, for the log. */
export function formatCrashMessage(reason: string): string {
  return `${reason}\nThe last published values stay in use; the watcher does not restart.`;
}
