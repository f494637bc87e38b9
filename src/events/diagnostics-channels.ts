/**
 * Publishes to `node:diagnostics_channel`. Runs in the thread that started the watcher, so that each event is published
 * once per process, at the signals that `ReloadEvents` waits for. Computes nothing for a channel without subscribers.
 */
import { channel } from 'node:diagnostics_channel';
import { WatcherState } from '../memory/control.js';
import type { ReloadStatus } from '../status/record.js';
import type { Reading, StoreView } from '../view/view.js';
import { buildReloadEvent, type ReloadEvent } from './reload-event.js';
import type { SignalObserver } from './reload-events.js';

/** The message of the channel `sentry-options:reload`: new values are live. The event of `onReload`, and the store. */
export interface ReloadMessage extends ReloadEvent {
  /** The store's base directory. */
  readonly directory: string;
}

/** The message of the channel `sentry-options:rejected`: a reload was rejected, and the last values stay in use. */
export interface RejectedMessage {
  /** The store's base directory. */
  readonly directory: string;
  /** When the reload was rejected, RFC 3339. */
  readonly at: string;
  /** How long the reload took until it was rejected, in milliseconds. */
  readonly reloadMs: number;
  /** Why the reload was rejected, truncated to 1 KiB. */
  readonly error: string;
}

/** The message of the channel `sentry-options:crash`: the watcher has crashed, and the last values stay for ever. */
export interface CrashMessage {
  /** The store's base directory. */
  readonly directory: string;
  /** Why the watcher crashed, truncated to 1 KiB. */
  readonly reason: string;
}

// References to the channels, because Node forgets a channel that nothing references.
const RELOAD = channel('sentry-options:reload');
const REJECTED = channel('sentry-options:rejected');
const CRASH = channel('sentry-options:crash');

/** Publishes the events of one store. */
export class DiagnosticsChannels implements SignalObserver {
  readonly #view: StoreView;
  /** The reading before the first snapshot that this thread adopted and has not published yet; pinned. */
  #previous: Reading | undefined;
  /** The generation, and the count of rejected reloads, at the last signal. */
  #generation: number;
  #rejected = 0;

  constructor(view: StoreView) {
    this.#view = view;
    this.#generation = view.generation;
    // A read may adopt a generation, and release the previous snapshot, before this thread handles the signal.
    view.onAdopt = (previous) => {
      if (!RELOAD.hasSubscribers || this.#previous !== undefined) return;
      view.pinAgain(previous);
      this.#previous = previous;
    };
  }

  observe(state: WatcherState): void {
    this.#publishReload();
    this.#publishRejections();
    if (state === WatcherState.CRASHED) this.#publishCrash();
  }

  #publishReload(): void {
    const { control } = this.#view;
    if (!RELOAD.hasSubscribers) {
      this.#generation = control.described;
      // Not unpinned, as a subscriber seldom goes: the collector frees it.
      this.#previous = undefined;
      return;
    }
    // It may adopt a snapshot, and keep the former one.
    const current = this.#view.tryPin();
    if (current === undefined) return;
    try {
      if (control.isDescribed(current.generation)) this.#publishReading(current);
    } finally {
      this.#view.unpin(current);
    }
  }

  /** Publishes what changed up to `current`. */
  #publishReading(current: Reading): void {
    const before = this.#generation;
    const previous = this.#previous;
    this.#generation = current.generation;
    // Before the message: a subscriber may adopt a newer snapshot, and the next message then needs this one.
    this.#previous = undefined;
    if (current.generation === before) return;
    // The channel had no subscriber yet when this thread adopted the snapshot.
    if (previous === undefined && current.snapshot.generation > before) return;
    // A reload that changed no option has no former snapshot.
    const former = previous ?? { snapshot: current.snapshot, generation: before };
    const message: ReloadMessage = Object.assign(buildReloadEvent(this.#view, former, current), this.#place);
    RELOAD.publish(message);
    if (previous !== undefined) this.#view.unpin(previous);
  }

  #publishRejections(): void {
    const { rejected } = this.#view.control;
    const missed = (rejected - this.#rejected) >>> 0;
    this.#rejected = rejected;
    if (missed === 0 || !REJECTED.hasSubscribers) return;
    const reloads = this.#view.statusRecord()?.reloads ?? [];
    for (const { at, reloadMs, error } of reloads.filter(isRejected).slice(-missed)) {
      REJECTED.publish({ ...this.#place, at, reloadMs, error } satisfies RejectedMessage);
    }
  }

  #publishCrash(): void {
    if (!CRASH.hasSubscribers) return;
    CRASH.publish({ ...this.#place, reason: this.#view.status().reason ?? '' } satisfies CrashMessage);
  }

  get #place(): { directory: string } {
    return { directory: this.#view.handle.directory };
  }
}

function isRejected(reload: ReloadStatus): reload is ReloadStatus & { readonly error: string } {
  return reload.error !== null;
}
