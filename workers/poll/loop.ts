/**
 * The poll loop: decides when to poll. Runs in the watcher thread. Pure, like the poll itself (`poller.ts`): the caller
 * passes in the clock and the source of requests.
 */
import type { Clock } from './clock.js';

/** The requests for polls, and the progress that the loop reports. The control words implement it. */
export interface Requests {
  /** The last ticket that a thread drew. */
  readonly requested: number;
  /** How many requests accept values that are suspicious. */
  readonly acceptances: number;
  /** Resolves when a thread draws a ticket later than `ticket`. */
  nextRequest(ticket: number): Promise<unknown>;
  /** Marks all tickets up to `ticket` as answered. */
  serve(ticket: number): void;
  beginPoll(): void;
  endPoll(): void;
}

/** The longest delay that a timer accepts. It keeps the thread alive if the watcher polls only on request. */
const FOREVER_MS = 2 ** 31 - 1;

/** Runs one poll. `isRequested`: a thread waits for its answer. `accepts`: one accepts values that are suspicious. */
type Poll = (isRequested: boolean, accepts: boolean) => Promise<void>;

/** Polls every `interval` milliseconds, or only on request if `interval` is null. Never returns. */
export async function runLoop(poll: Poll, requests: Requests, clock: Clock, interval: number | null): Promise<never> {
  let answered = 0;
  let acceptances = 0;
  let isAccepting = false;
  let isListening = false;
  let wake = () => {};
  for (;;) {
    if (!isListening) {
      isListening = true;
      // One registration until the next request: a registration per interval would pile up.
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
    // Before the poll begins: the next poll answers every ticket that is drawn from here on.
    const ticket = requests.requested;
    const accepted = requests.acceptances;
    if (interval === null && ticket === answered) continue;
    // step:poll-begins
    requests.beginPoll();
    const isNew = accepted !== acceptances;
    acceptances = accepted;
    await poll(ticket !== answered, isNew || isAccepting);
    // A thread accepts before it draws its ticket: the next poll answers it if this one was not requested.
    isAccepting = isNew && ticket === answered;
    // step:poll-ends
    requests.endPoll();
    // step:serve
    requests.serve(ticket);
    answered = ticket;
  }
}
