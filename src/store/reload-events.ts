/**
 * Hearing of reloads: `onReload` and `changes`. Runs in the thread that asks, on turns of its own event loop; the
 * watcher knows nothing of listeners, it only bumps the signal that everybody waits on.
 */
// Not the globals, which a test's fake timers replace.

import { clearInterval, setImmediate, setInterval } from 'node:timers';
import { isDeepStrictEqual } from 'node:util';
import type { DecodedSnapshot } from '../codec/decode.js';
import { disposable } from '../common/disposable.js';
import type { OptionValue } from '../common/value.js';
import { listOptions } from '../memory/catalog.js';
import { WatcherState } from '../memory/control.js';
import type { StoreView } from './view.js';

/** An option whose value is another one now. */
export interface Change {
  /** The namespace of the option. */
  readonly namespace: string;
  /** The option's name. */
  readonly key: string;
  /** The value before; undefined for a feature flag that was not set. */
  readonly oldValue: OptionValue | undefined;
  /** The value now; undefined for a feature flag that is not set any more. */
  readonly newValue: OptionValue | undefined;
}

/** New values are live. Generations that went by in between are part of it. */
export interface ReloadEvent {
  /** The generation that is live now. */
  readonly generation: number;
  /** The one that the listener heard of last, or that was live when it was registered. */
  readonly previousGeneration: number;
  /** What differs between the two, in the order of namespaces and options; worked out when it is read first. */
  readonly changes: readonly Change[];
}

/** Hears of reloads. What it throws is logged, and harms nothing. */
export type ReloadListener = (event: ReloadEvent) => void;

/** Looks at a store whenever something has happened to it, on a turn of its own. Throws nothing. */
export interface SignalObserver {
  /** `state`: the watcher's; where it is not `RUNNING`, why is known, and this was the last time. */
  observe(state: WatcherState): void;
}

/** Where the process would end, and the wait with it, this is how long a timer of Node can keep it alive. */
const FOREVER_MS = 2 ** 31 - 1;

/** The events of one store in one thread. */
export class ReloadEvents {
  readonly #view: StoreView;
  /** Each listener, by an object of its own: the same function may be registered twice. */
  readonly #listeners = new Set<{ readonly listener: ReloadListener; previous: DecodedSnapshot }>();
  /** Ends all iterators, and lets go of all listeners. */
  readonly #closing = new AbortController();
  #observer: SignalObserver | undefined;
  #isWaiting = false;

  /** `observer` is told of each signal after the listeners, until the store is closed or the watcher has ended. */
  constructor(view: StoreView, observer?: SignalObserver) {
    this.#view = view;
    this.#observer = observer;
    if (observer !== undefined) this.#wait();
  }

  /** Calls `listener` after each reload from now on, on a later turn, until what it returns is disposed of. */
  onReload(listener: ReloadListener): Disposable {
    const entry = { listener, previous: this.#view.adopt() };
    this.#listeners.add(entry);
    this.#wait();
    return disposable(() => void this.#listeners.delete(entry));
  }

  /**
   * The same as events to wait for. Ends normally when the store is closed, the watcher has crashed, or `signal`
   * aborts; the changes that were published before are delivered first. Keeps the process alive while it waits.
   */
  changes(signal?: AbortSignal): AsyncGenerator<ReloadEvent, void, undefined> {
    const end = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    // Now, and not when the first event is waited for: what is published in between is an event.
    return this.#changesSince(this.#view.adopt(), end);
  }

  async *#changesSince(start: DecodedSnapshot, end: AbortSignal): AsyncGenerator<ReloadEvent, void, undefined> {
    let previous = start;
    while (!end.aborted) {
      // Before the look at what is published: a publication in between then ends the wait at once.
      const seen = this.#view.control.signal;
      const current = this.#view.adopt();
      if (current.generation !== previous.generation && this.#isDescribed(current)) {
        const event = buildReloadEvent(this.#view, previous, current);
        previous = current;
        yield event;
      } else if (this.#view.control.state === WatcherState.RUNNING) {
        await this.#nextSignal(seen, end);
      } else {
        return;
      }
    }
  }

  /** No event comes any more in this thread. */
  close(): void {
    this.#listeners.clear();
    this.#observer = undefined;
    this.#closing.abort();
  }

  /** One registration at a time, and only while somebody listens. It keeps no process alive. */
  #wait(seen: number = this.#view.control.signal): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const { control } = this.#view;
    // A publication since a listener was registered is delivered on a later turn too, never inside the registration; a
    // watcher that has ended signals nothing more.
    if (this.#isBehind() || control.hasEnded) setImmediate(() => this.#wake());
    else void control.waitAsync(seen, FOREVER_MS).then(() => this.#wake());
  }

  #wake(): void {
    this.#isWaiting = false;
    // Both before the look at what has happened: for what happens meanwhile there is another turn.
    const { signal, hasEnded, state } = this.#view.control;
    this.#deliver();
    this.#observer?.observe(hasEnded ? state : WatcherState.RUNNING);
    if (hasEnded) this.#observer = undefined;
    else if (this.#listeners.size > 0 || this.#observer !== undefined) this.#wait(signal);
  }

  #isBehind(): boolean {
    if (this.#listeners.size === 0) return false;
    const current = this.#view.adopt();
    const isBehind = [...this.#listeners].some(({ previous }) => previous.generation !== current.generation);
    return isBehind && this.#isDescribed(current);
  }

  #deliver(): void {
    if (this.#listeners.size === 0) return;
    const current = this.#view.adopt();
    if (!this.#isDescribed(current)) return;
    // A copy: a listener may register and dispose of others.
    for (const entry of [...this.#listeners]) {
      const { previous } = entry;
      if (previous.generation === current.generation || !this.#listeners.has(entry)) continue;
      entry.previous = current;
      try {
        entry.listener(buildReloadEvent(this.#view, previous, current));
      } catch (error) {
        this.#view.logOnce(`A reload listener has thrown: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  }

  /** Whoever hears of a generation finds its status. Where that is not written yet, a signal will tell of it. */
  #isDescribed({ generation }: DecodedSnapshot): boolean {
    return this.#view.control.isDescribed(generation);
  }

  /** Resolves when the signal has moved on from `seen`, or `end` aborts. */
  #nextSignal(seen: number, end: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const alive = setInterval(() => {}, FOREVER_MS);
      const done = () => {
        clearInterval(alive);
        end.removeEventListener('abort', done);
        resolve();
      };
      end.addEventListener('abort', done);
      void this.#view.control.waitAsync(seen, FOREVER_MS).then(done);
    });
  }
}

/** The event between two snapshots of `store`; what it says has changed is worked out when it is read. */
export function buildReloadEvent(view: StoreView, previous: DecodedSnapshot, current: DecodedSnapshot): ReloadEvent {
  let changes: readonly Change[] | undefined;
  return {
    generation: current.generation,
    previousGeneration: previous.generation,
    get changes() {
      changes ??= findChanges(view, previous, current);
      return changes;
    },
  };
}

function findChanges(view: StoreView, previous: DecodedSnapshot, current: DecodedSnapshot): Change[] {
  const changes: Change[] = [];
  for (const { namespace, key, index } of listOptions(view.catalog)) {
    // An option that neither file sets has its default in both.
    if (!previous.isset(index) && !current.isset(index)) continue;
    const oldValue = view.valueIn(previous, index);
    const newValue = view.valueIn(current, index);
    if (!isDeepStrictEqual(oldValue, newValue)) changes.push({ namespace, key, oldValue, newValue });
  }
  return changes;
}
