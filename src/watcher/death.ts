/**
 * Detects that the watcher's thread has ended without a report: it was terminated, or its owner was. Runs in any thread
 * that has the store, and needs neither the watcher, nor the owner, nor the event loop.
 */
import { monotonicTime } from '../common/host-time.js';
import type { Log } from '../common/log.js';
import { type Control, WatcherState } from '../memory/control.js';
import { formatCrashMessage, formatCrashReason, OWNER_ENDED_REASON, SILENT_END } from './crash-message.js';

/** How long a living owner has to report the end itself: it knows the cause. */
const OWNER_GRACE_MS = 500;

/** Detects the watcher's end, for one view of the store. */
export class DeathDetector {
  readonly #control: Control;
  readonly #log: Log;
  /** When this thread first found the watcher gone while its owner lived, by the monotonic clock. */
  #goneSince: number | undefined;

  constructor(control: Control, log: Log) {
    this.#control = control;
    this.#log = log;
  }

  /** Reports the watcher's end, if it has ended and no thread has reported it yet. Reads one file in /proc. */
  detect(): void {
    if (this.#control.state !== WatcherState.RUNNING || this.#control.inspectWatcher() !== 'ended') return;
    if (this.#control.isOwnerGone) {
      this.#report(OWNER_ENDED_REASON);
      return;
    }
    this.#goneSince ??= monotonicTime();
    if (monotonicTime() - this.#goneSince >= OWNER_GRACE_MS) this.#report(formatCrashReason(SILENT_END));
  }

  #report(reason: string): void {
    if (!this.#control.moveState(WatcherState.RUNNING, WatcherState.CRASHED, reason)) return;
    this.#log('watcher-crashed', formatCrashMessage(reason));
  }
}
