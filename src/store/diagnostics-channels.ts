/**
 * Publishes to `node:diagnostics_channel`. Runs in the thread that started the watcher, so that each event is published
 * once per process, at the signals that `ReloadEvents` waits for. Computes nothing for a channel without subscribers.
 */
import { channel } from 'node:diagnostics_channel';
import type { DecodedSnapshot } from '../codec/decode.js';
import { WatcherState } from '../memory/control.js';
import type { ReloadStatus } from '../status/record.js';
import { buildReloadEvent, type ReloadEvent } from './reload-event.js';
import type { SignalObserver } from './reload-events.js';
import type { StoreView } from './view.js';

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
  /** The snapshot before the first generation that this thread adopted and has not published yet. */
  #previous: DecodedSnapshot | undefined;
  /** The published generation, and the count of rejected reloads, at the last signal. */
  #published: number;
  #rejected = 0;

  constructor(view: StoreView) {
    this.#view = view;
    this.#published = view.adopted?.generation ?? 0;
    // A read may adopt a generation, and release the previous snapshot, before this thread handles the signal.
    view.onAdopt = (previous) => {
      if (RELOAD.hasSubscribers) this.#previous ??= previous;
    };
  }

  observe(state: WatcherState): void {
    this.#publishReload();
    this.#publishRejections();
    if (state === WatcherState.CRASHED) this.#publishCrash();
  }

  #publishReload(): void {
    const { published, control } = this.#view;
    if (!control.isDescribed(published)) return;
    const isReload = published !== this.#published;
    this.#published = published;
    if (isReload && RELOAD.hasSubscribers) {
      const current = this.#view.tryAdopt();
      if (current !== undefined && this.#previous !== undefined) {
        const message: ReloadMessage = Object.assign(
          buildReloadEvent(this.#view, this.#previous, current),
          this.#place,
        );
        RELOAD.publish(message);
      }
    }
    this.#previous = undefined;
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
