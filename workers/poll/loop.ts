/**
 * The watcher's loop: when to poll. Runs in the watcher thread and is pure, like the poll itself (`poller.ts`): clock
 * and requests are handed in.
 */
import type { Clock } from './clock.js';

/** Who asks for polls, and who is told of them: the control words, as the loop needs them. */
export interface Requests {
  /** The last ticket drawn. */
  readonly requested: number;
  /** Resolves when a ticket later than `ticket` is drawn. */
  nextRequest(ticket: number): Promise<unknown>;
  /** All tickets up to `ticket` are answered. */
  serve(ticket: number): void;
  beginPoll(): void;
  endPoll(): void;
}

/** The longest delay that a timer takes: what keeps the thread alive where nothing is polled for. */
const FOREVER_MS = 2 ** 31 - 1;

/** What a poll does; `isRequested`: somebody waits for its answer. */
type Poll = (isRequested: boolean) => Promise<void>;

/** Polls every `interval` milliseconds, or only when asked where that is null; ends with the thread. */
export async function runLoop(poll: Poll, requests: Requests, clock: Clock, interval: number | null): Promise<never> {
  let answered = 0;
  let isListening = false;
  let wake = () => {};
  for (;;) {
    if (!isListening) {
      isListening = true;
      // One registration for as long as nobody asks: one for each rest would pile up.
      void requests.nextRequest(answered).then(() => {
        isListening = false;
        wake();
      });
    }
    if (requests.requested === answered) {
      await new Promise<void>((resolve) => {
        const cancel = clock.timer(interval ?? FOREVER_MS, resolve);
        wake = () => {
          cancel();
          resolve();
        };
      });
    }
    // Before the poll begins: whoever draws a ticket from here on is answered by the next one.
    const ticket = requests.requested;
    if (interval === null && ticket === answered) continue;
    // step:poll-begins
    requests.beginPoll();
    await poll(ticket !== answered);
    // step:poll-ends
    requests.endPoll();
    // step:serve
    requests.serve(ticket);
    answered = ticket;
  }
}
