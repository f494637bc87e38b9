/** Uses the owner's end of the watcher's port synchronously. Runs in the owner, the thread that called `init()`. */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { OptionsError } from '../common/errors.js';
import { fromPlain } from '../common/plain-error.js';
import type { WatcherMessage, WatcherNews } from './protocol.js';

export type ReadyMessage = Extract<WatcherMessage, { type: 'ready' }>;

/** The messages of a start. `delay`: why the start waits. */
interface Inbox {
  ready: ReadyMessage | undefined;
  error: OptionsError | undefined;
  delay: string | undefined;
}

/** Receives the messages that the watcher has posted so far, without the event loop. Passes its news to `onNews`. */
export function drain(port: MessagePort, onNews: (news: WatcherNews) => void): Inbox {
  // All of them, so that none is inherited: other code may have changed `Object.prototype`.
  const inbox: Inbox = { ready: undefined, error: undefined, delay: undefined };
  for (let received = receiveMessageOnPort(port); received !== undefined; received = receiveMessageOnPort(port)) {
    const message = received.message as WatcherMessage;
    if (message.type === 'ready') inbox.ready = message;
    else if (message.type === 'failed') inbox.error = fromPlain(message.error);
    else if (message.type === 'delayed') inbox.delay = message.reason;
    else onNews(message);
  }
  return inbox;
}

/**
 * Moves a port to a new object; returns undefined if the thread at the other end has ended. A port to an ended thread
 * cannot be transferred (after {@link drain} has run), and no other synchronous test for it exists.
 */
export function movePort(port: MessagePort): MessagePort | undefined {
  const { port1, port2 } = new MessageChannel();
  try {
    // Not `structuredClone`: in Deno it returns a port without Node's methods.
    port1.postMessage(port, [port]);
    return receiveMessageOnPort(port2)?.message;
  } catch {
    return undefined;
  } finally {
    port1.close();
  }
}
