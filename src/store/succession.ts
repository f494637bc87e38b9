/**
 * Passes the handle of a new store to the threads that still have its predecessor: after a crash, close() and init() in
 * the owner reach a pool of workers without a call there. Runs in any thread; starts nothing in a thread without a store
 * of another thread. Must not reach `schema/` or `files/`.
 */
import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { runWithoutContext } from '../common/async-context.js';
import { sleepSync } from '../common/host-time.js';
import { LAYOUT_VERSION } from '../memory/cell/layout.js';
import { Control, WatcherState } from '../memory/control.js';
import { checkHandle, type StoreHandle } from '../memory/handle.js';

/** All threads of the process hear the channel. The version keeps other layouts out. */
const CHANNEL = `sentry-options/successor@${LAYOUT_VERSION}`;
const SLICE_MS = 1;

/** From a new owner: `handle` is the successor of the stores with these ids. */
interface Offer {
  readonly succeeds: readonly string[];
  readonly handle: StoreHandle;
}

/** From a thread that opened a store after it had ended: which store succeeds the one with this id? */
interface Question {
  readonly seeks: string;
}

/** Offers the store of `handle` to threads that have one of the stores `ids`, until the returned function is called. */
export function offerSuccessor(ids: readonly string[], handle: StoreHandle): () => void {
  const offer: Offer = { succeeds: ids, handle };
  const channel = openChannel((message) => {
    const { seeks } = message as Partial<Question>;
    if (typeof seeks === 'string' && ids.includes(seeks)) channel?.postMessage(offer);
  });
  channel?.postMessage(offer);
  return () => channel?.close();
}

/** Waits for the successor of one store. Never keeps the process alive. */
export class SuccessorSearch {
  readonly #id: string;
  readonly #onFound: (handle: StoreHandle) => void;
  readonly #channel: BroadcastChannel | undefined;
  #hasAsked = false;
  #isClosed = false;

  /** Calls `onFound` once, with a checked handle, on a turn of the event loop or in {@link look}. */
  constructor(id: string, onFound: (handle: StoreHandle) => void) {
    this.#id = id;
    this.#onFound = onFound;
    this.#channel = openChannel((message) => this.#receive(message));
  }

  /**
   * Looks for a successor that was offered until now, without the event loop. The first call also asks for one that was
   * offered before this search began, and waits up to `milliseconds` for the answer. Call it only if the store has ended.
   */
  look(milliseconds = 0): void {
    if (!this.#hasAsked) {
      this.#hasAsked = true;
      this.#channel?.postMessage({ seeks: this.#id } satisfies Question);
    } else {
      milliseconds = 0;
    }
    for (let left = milliseconds; !this.#drain() && left > 0; left -= SLICE_MS) {
      sleepSync(SLICE_MS);
    }
  }

  /** Ends the search. */
  close(): void {
    this.#isClosed = true;
    this.#channel?.close();
  }

  /** Receives all messages that have arrived. Returns whether waiting for more is useless. */
  #drain(): boolean {
    if (this.#channel === undefined) return true;
    try {
      while (!this.#isClosed) {
        const received = receiveMessageOnPort(this.#channel as unknown as MessagePort);
        if (received === undefined) return false;
        this.#receive(received.message);
      }
    } catch {
      // Deno receives messages of such a channel only on the event loop.
    }
    return true;
  }

  #receive(message: unknown): void {
    let checked: StoreHandle;
    try {
      const { succeeds, handle } = message as Partial<Offer>;
      if (this.#isClosed || !Array.isArray(succeeds) || !succeeds.includes(this.#id)) return;
      checked = checkHandle(handle);
      // Its owner has closed it before this message was received. Another copy of the library in the owner's thread would
      // bring it back there, and `init()` would find it. The next offer names the same predecessors.
      if (new Control(checked.control).state === WatcherState.CLOSED) return;
    } catch {
      // Not a handle of this version: it is nothing that this thread could follow.
      return;
    }
    this.close();
    this.#onFound(checked);
  }
}

/** Opens the channel; undefined in a runtime that has none. Ignores messages that are not ours. */
function openChannel(onMessage: (message: unknown) => void): BroadcastChannel | undefined {
  try {
    // It lives longer than the request that may have found the store first.
    const channel = runWithoutContext(() => new BroadcastChannel(CHANNEL));
    channel.onmessage = ({ data }: { data: unknown }) => {
      if (typeof data === 'object' && data !== null) onMessage(data);
    };
    channel.unref();
    return channel;
  } catch {
    return undefined;
  }
}
