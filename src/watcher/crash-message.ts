/** Formats the messages about a crashed watcher. Pure: whichever thread first detects the crash logs it. */

/** The cause if the thread that detects the end does not know it. */
export const SILENT_END = 'the thread ended without an error; most likely it ran out of memory or was terminated';

/** The reason if the watcher ended because the thread that owns it did. */
export const OWNER_ENDED_REASON =
  'The watcher thread ended together with the thread that started it, which did not call close().';

/** Formats the reason of a crash, for the status. */
export function formatCrashReason(cause: string): string {
  return `Watcher thread panicked with: ${cause}`;
}

/** Formats the message of a crash, for the log. `frames`: where the watcher threw, each after a line break. */
export function formatCrashMessage(reason: string, frames = ''): string {
  return `${reason}${frames}\nThe last published values stay in use; the watcher does not restart.`;
}
