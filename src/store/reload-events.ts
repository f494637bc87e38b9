/**
 * Reload events: `onReload` and `changes`. Runs in the thread that listens, on turns of its event loop. The watcher
 * knows no listeners: it only increments the signal that all threads wait on.
 */
// Not the globals, which a test's fake timers replace.
import { clearInterval, setImmediate, setInterval } from 'node:timers';
import { isDeepStrictEqual } from 'node:util';
import type { DecodedSnapshot } from '../codec/decode.js';
import { disposable } from '../common/disposable.js';
import type { OptionValue } from '../common/value.js';
import { forEachOption } from '../memory/catalog.js';
import { WatcherState } from '../memory/control.js';
import type { StoreView } from './view.js';

/** An option whose value changed. */
export interface Change {
  /** The namespace of the option. */
  readonly namespace: string;
  /** The option's name. */
  readonly key: string;
  /** The value before; undefined if it is a feature flag that was not set. */
  readonly oldValue: OptionValue | undefined;
  /** The value now; undefined if it is a feature flag that is no longer set. */
  readonly newValue: OptionValue | undefined;
}

/** New values are live. One event covers all generations since the last event. */
export interface ReloadEvent {
  /** The generation that is live now. */
  readonly generation: number;
  /** The generation of the listener's last event, or the live one when the listener was registered. */
  readonly previousGeneration: number;
  /** The differences between the two generations, in the order of namespaces and options. Computed on first access. */
  readonly changes: readonly Change[];
}

/** Called after a reload. If it throws, the error is logged, and the other listeners still run. */
export type ReloadListener = (event: ReloadEvent) => void;

/** Observes a store after each signal, on a later turn. Must not throw. */
export interface SignalObserver {
  /** `state`: the watcher's state. If it is not `RUNNING`, its reason is known, and this is the last call. */
  observe(state: WatcherState): void;
}

/** The longest delay of a timer in Node. Such a timer keeps the process alive while something waits. */
const FOREVER_MS = 2 ** 31 - 1;

/** The events of one store in one thread. */
export class ReloadEvents {
  readonly #view: StoreView;
  /** One object per registration: the same function may be registered twice. */
  readonly #listeners = new Set<{ readonly listener: ReloadListener; previous: DecodedSnapshot }>();
  /** Ends all iterators. */
  readonly #closing = new AbortController();
  #observer: SignalObserver | undefined;
  #isWaiting = false;

  /** `observer` is called at each signal, after the listeners, until the store is closed or the watcher has ended. */
  constructor(view: StoreView, observer?: SignalObserver) {
    this.#view = view;
    this.#observer = observer;
    if (observer !== undefined) this.#wait();
  }

  /** Calls `listener` after each reload from now on, on a later turn, until the returned Disposable is disposed of. */
  onReload(listener: ReloadListener): Disposable {
    const entry = { listener, previous: this.#view.adopt() };
    this.#listeners.add(entry);
    this.#wait();
    return disposable(() => void this.#listeners.delete(entry));
  }

  /**
   * Iterates over the events. Ends normally when the store is closed, the watcher crashes, or `signal` aborts; delivers
   * changes that were published before first. Keeps the process alive while it waits.
   */
  changes(signal?: AbortSignal): AsyncGenerator<ReloadEvent, void, undefined> {
    const end = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    // Adopts now, not when the caller waits for the first event: what is published in between is an event.
    return this.#changesSince(this.#view.adopt(), end);
  }

  async *#changesSince(start: DecodedSnapshot, end: AbortSignal): AsyncGenerator<ReloadEvent, void, undefined> {
    let previous = start;
    while (!end.aborted) {
      // Read before adopting: a publication in between then ends the wait at once.
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

  /** Ends all events in this thread. */
  close(): void {
    this.#listeners.clear();
    this.#observer = undefined;
    this.#closing.abort();
  }

  /** Waits for a signal: once at a time, and only while something listens. Never keeps the process alive. */
  #wait(seen: number = this.#view.control.signal): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const { control } = this.#view;
    // A publication since a listener was registered is delivered on a later turn, too, never inside the registration. A
    // watcher that has ended sends no more signals.
    if (this.#isBehind() || control.hasEnded) setImmediate(() => this.#wake());
    else void control.waitAsync(seen, FOREVER_MS).then(() => this.#wake());
  }

  #wake(): void {
    this.#isWaiting = false;
    // Read before delivering: whatever happens meanwhile gets another turn.
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
    // A copy: a listener may add and remove listeners.
    for (const entry of [...this.#listeners]) {
      const { previous } = entry;
      if (previous.generation === current.generation || !this.#listeners.has(entry)) continue;
      entry.previous = current;
      try {
        entry.listener(buildReloadEvent(this.#view, previous, current));
      } catch (error) {
        this.#view.logOnce(`A reload listener threw: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  }

  /** Whether the status of a generation is written: an event comes only then. If it is not, another signal follows. */
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

/** Builds the event between two snapshots. Its changes are computed on first access. */
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
  forEachOption(view.catalog, (namespace, key, index) => {
    // An option that neither snapshot sets has its default in both.
    if (!previous.isset(index) && !current.isset(index)) return;
    const oldValue = view.valueIn(previous, index);
    const newValue = view.valueIn(current, index);
    if (!isDeepStrictEqual(oldValue, newValue)) changes.push({ namespace, key, oldValue, newValue });
  });
  return changes;
}
