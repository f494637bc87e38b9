/** The owner's end of the port to the watcher, used without a turn of the event loop. Runs in the thread that called `init()`. */

import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { OptionsError } from '../common/errors.js';
import { fromPlain } from '../common/plain-error.js';
import type { WatcherMessage, WatcherNews } from './protocol.js';

export type ReadyMessage = Extract<WatcherMessage, { type: 'ready' }>;

/** Receives what the thread has posted so far, without the event loop, and passes its news on. */
export function drain(
  port: MessagePort,
  onNews: (news: WatcherNews) => void,
): { ready?: ReadyMessage; error?: OptionsError } {
  const inbox: { ready?: ReadyMessage; error?: OptionsError } = {};
  for (let received = receiveMessageOnPort(port); received !== undefined; received = receiveMessageOnPort(port)) {
    const message = received.message as WatcherMessage;
    if (message.type === 'ready') inbox.ready = message;
    else if (message.type === 'failed') inbox.error = fromPlain(message.error);
    else onNews(message);
  }
  return inbox;
}

/**
 * The same port under a new object; undefined where its other side is dead: such a port can no longer be transferred
 * (once {@link drain} has taken notice), and there is no other way to ask without a turn of the event loop.
 */
export function movePort(port: MessagePort): MessagePort | undefined {
  const { port1, port2 } = new MessageChannel();
  try {
    // Not `structuredClone`, which in Deno returns a port without Node's methods.
    port1.postMessage(port, [port]);
    return receiveMessageOnPort(port2)?.message;
  } catch {
    return undefined;
  } finally {
    port1.close();
  }
}
