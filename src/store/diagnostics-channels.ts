/**
 * The channels of `node:diagnostics_channel`. Runs in the thread that started the watcher, so that each event is told
 * once in a process, at signals that {@link ReloadEvents} waits for; nothing is worked out that nobody has subscribed to.
 */
import { channel } from 'node:diagnostics_channel';
import type { DecodedSnapshot } from '../codec/decode.js';
import { WatcherState } from '../memory/control.js';
import type { ReloadStatus } from '../status/record.js';
import { buildReloadEvent, type ReloadEvent, type SignalObserver } from './reload-events.js';
import type { StoreView } from './view.js';

/** What `sentry-options:reload` tells: the event that `onReload` gives, and which store's it is. */
export interface ReloadMessage extends ReloadEvent {
  /** The base directory. */
  readonly directory: string;
}

/** What `sentry-options:rejected` tells: a reload was refused, and the old values stay. */
export interface RejectedMessage {
  /** The base directory. */
  readonly directory: string;
  /** When, RFC 3339. */
  readonly at: string;
  /** How long it took to find that out, in milliseconds. */
  readonly reloadMs: number;
  /** Why, at most 1 KiB of it. */
  readonly error: string;
}

/** What `sentry-options:crash` tells: the watcher is dead, and the last values stay for ever. */
export interface CrashMessage {
  /** The base directory. */
  readonly directory: string;
  /** Why, at most 1 KiB of it. */
  readonly reason: string;
}

// Held on to, since Node forgets a channel that nobody holds.
const RELOAD = channel('sentry-options:reload');
const REJECTED = channel('sentry-options:rejected');
const CRASH = channel('sentry-options:crash');

/** Tells the channels of one store. */
export class DiagnosticsChannels implements SignalObserver {
  readonly #view: StoreView;
  /** What this thread read from before it adopted what has not been told yet. */
  #previous: DecodedSnapshot | undefined;
  /** The published generation, and the count of refusals, at the last signal. */
  #published: number;
  #rejected = 0;

  constructor(view: StoreView) {
    this.#view = view;
    this.#published = view.adopted.generation;
    // A read may adopt a generation before this thread hears the signal, and lets go of the former one.
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
      const current = this.#view.adopt();
      if (this.#previous !== undefined) {
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
