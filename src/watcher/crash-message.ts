/** What the log says of a watcher that died. Pure: whichever thread notices the death first writes it. */

/** Formats the reason of a crash, for the status. */
export function formatCrashReason(cause: string): string {
  return `Watcher thread panicked with: ${cause}`;
}

/** Formats the message of a crash, for the log. */
export function formatCrashMessage(reason: string): string {
  return `${reason}\nThe last published values stay in use; the watcher is not started again.`;
}
