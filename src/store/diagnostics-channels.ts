/**
 * The channels of `node:diagnostics_channel`. Runs in the thread that started the watcher, so that each event is told
 * once in a process, at signals that {@link ReloadEvents} waits for; nothing is worked out that nobody has subscribed to.
 */
import { channel } from 'node:diagnostics_channel';
import type { DecodedSnapshot } from '../codec/decode.js';
import { WatcherState } from '../memory/control.js';
import type { ReloadStatus } from '../status/status.js';
import { eventBetween, type ReloadEvent, type SignalObserver } from './reload-events.js';
import type { Store } from './view.js';

/** What `sentry-options:reload` tells: the event that `onReload` gives, and which store's it is. */
export interface ReloadMessage extends ReloadEvent {
  /** The base directory. */
  readonly directory: string;
}

/** What `sentry-options:refused` tells: a reload was refused, and the old values stay. */
export interface RefusedMessage {
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
const REFUSED = channel('sentry-options:refused');
const CRASH = channel('sentry-options:crash');

/** Tells the channels of one store. */
export class Channels implements SignalObserver {
  readonly #store: Store;
  /** What this thread read from before it adopted what has not been told yet. */
  #former: DecodedSnapshot | undefined;
  /** The published generation, and the count of refusals, at the last signal. */
  #published: number;
  #refused = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#published = store.adopted.generation;
    // A read may adopt a generation before this thread hears the signal, and lets go of the former one.
    store.onAdopt = (former) => {
      if (RELOAD.hasSubscribers) this.#former ??= former;
    };
  }

  observe(state: WatcherState): void {
    this.#tellReload();
    this.#tellRefusals();
    if (state === WatcherState.CRASHED) this.#tellCrash();
  }

  #tellReload(): void {
    const { published, control } = this.#store;
    if (!control.isDescribed(published)) return;
    const isReload = published !== this.#published;
    this.#published = published;
    if (isReload && RELOAD.hasSubscribers) {
      const current = this.#store.adopt();
      if (this.#former !== undefined) {
        const message: ReloadMessage = Object.assign(eventBetween(this.#store, this.#former, current), this.#place);
        RELOAD.publish(message);
      }
    }
    this.#former = undefined;
  }

  #tellRefusals(): void {
    const { refused } = this.#store.control;
    const missed = (refused - this.#refused) >>> 0;
    this.#refused = refused;
    if (missed === 0 || !REFUSED.hasSubscribers) return;
    const reloads = this.#store.statusRecord()?.reloads ?? [];
    for (const { at, reloadMs, error } of reloads.filter(isRefused).slice(-missed)) {
      REFUSED.publish({ ...this.#place, at, reloadMs, error } satisfies RefusedMessage);
    }
  }

  #tellCrash(): void {
    if (!CRASH.hasSubscribers) return;
    CRASH.publish({ ...this.#place, reason: this.#store.status().reason ?? '' } satisfies CrashMessage);
  }

  get #place(): { directory: string } {
    return { directory: this.#store.handle.directory };
  }
}

function isRefused(reload: ReloadStatus): reload is ReloadStatus & { readonly error: string } {
  return reload.error !== null;
}
