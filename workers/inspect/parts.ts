/** Sends answers of any length in parts: all of one may not fit into memory. Runs in the watcher thread. */
import type { ServerResponse } from 'node:http';
import { clearTimeout, setImmediate, setTimeout } from '../../src/common/host-time.js';
import { begin, write } from './respond.js';

/** The length from which on parts of an answer are sent: one write for each option would take most of the time. */
const CHUNK = 64 * 2 ** 10;
/** The longest time that an answer may take, in milliseconds: others wait for it. */
const ANSWER_MS = 30_000;

/** The answers of one route. One at a time: each holds what it lists, and the thread's memory is limited. */
export class LongAnswers {
  #last: Promise<void> = Promise.resolve();

  /**
   * Sends an answer, after those before it.
   *
   * @param prepare returns the parts of the text. What it throws is the answer; what its parts throw ends the connection
   */
  send(response: ServerResponse, type: string, prepare: () => Iterable<string>): Promise<void> {
    const answer = this.#last.then(async () => {
      // The client may have gone while it waited.
      if (response.destroyed) return;
      const timer = setTimeout(() => response.destroy(), ANSWER_MS);
      try {
        await sendParts(response, type, prepare());
      } finally {
        clearTimeout(timer);
      }
    });
    this.#last = answer.catch(() => {});
    return answer;
  }
}

async function sendParts(response: ServerResponse, type: string, parts: Iterable<string>): Promise<void> {
  begin(response, 200, type);
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  let text = '';
  for (const part of parts) {
    text += part;
    if (text.length < CHUNK) continue;
    if (!(await write(response, text))) return;
    text = '';
    // Polls and other answers have their turn: a fast client takes all parts in one.
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  response.end(text);
}
