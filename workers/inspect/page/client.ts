/** Asks the server, and listens for changes. One request at a time: the server has few connections. */

import type {
  ExplainAnswer,
  ExplainQuestion,
  HistoryAnswer,
  StatusAnswer,
  ThreadsAnswer,
  UsageAnswer,
  ValuesAnswer,
} from '../../../src/status/answers.js';
import { judgeThread } from './verdict.js';

/** What the page has been answered so far. */
export interface Answers {
  status?: StatusAnswer;
  values?: ValuesAnswer;
  history?: HistoryAnswer;
  threads?: ThreadsAnswer;
  usage?: UsageAnswer;
  /** When the last answer came, in milliseconds since 1970 by this browser's clock. */
  asOf?: number;
  isLost: boolean;
  /** What the server said instead of an answer. */
  problem?: string;
}

/** An answer of the server that is an error. */
export class AnswerError extends Error {}

/** How often the page asks without a change, in milliseconds: threads can block at any time. */
const POLL_MS = 5_000;
/** How long the page waits for a thread that has not responded yet. */
const LATE_MS = 1_000;
/** How often the page asks at most what is used, in milliseconds: changes may follow each other, and answers are long. */
const USAGE_MS = 2_000;
/** How long the page waits after a failure. */
const RETRY_MS = 2_000;

export class Client {
  readonly answers: Answers = { isLost: false };
  readonly #onAnswer: () => void;
  readonly #onTime: (time: number) => void;
  #events: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isAsking = false;
  #isStale = false;
  #wantsUsage = false;
  /** When the page asked last what is used, in milliseconds since 1970. */
  #usageAt = 0;
  /** Of which generation, and of which reload, the page has values and history. */
  #knownValues = '';
  #knownHistory = '';

  constructor(onAnswer: () => void, onTime: (time: number) => void) {
    this.#onAnswer = onAnswer;
    this.#onTime = onTime;
  }

  /** Begins to ask and to listen, for as long as the page exists. */
  start(): void {
    this.#listen();
    void this.refresh();
    const refreshIfVisible = (): void => {
      if (document.visibilityState === 'visible') void this.refresh();
    };
    setInterval(refreshIfVisible, POLL_MS);
    document.addEventListener('visibilitychange', refreshIfVisible);
  }

  /** Decides whether a refresh asks what is used. If it did not until now, asks at once. */
  followUsage(wants: boolean): void {
    const isNew = wants && !this.#wantsUsage;
    this.#wantsUsage = wants;
    if (!isNew) return;
    this.#usageAt = 0;
    if (this.answers.status !== undefined) void this.refresh();
  }

  /** Asks for whatever may have changed. Calls during a refresh cause one more after it. */
  async refresh(): Promise<void> {
    this.#isStale = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (this.#isStale) {
      this.#isStale = false;
      await this.#askAll();
    }
    this.#isAsking = false;
  }

  async #askAll(): Promise<void> {
    const { answers } = this;
    try {
      answers.status = await this.#ask<StatusAnswer>('status');
      this.#report();
      const { status, process } = answers.status;
      // Not the generation of the values: a reload that changes no option publishes none. The times, because another
      // process or store may answer at the same address.
      const generation = `${process.startedAt} ${status.appliedAt} ${status.generation}`;
      if (generation !== this.#knownValues) {
        answers.values = await this.#ask<ValuesAnswer>('values');
        this.#knownValues = generation;
      }
      const reload = `${generation} ${status.rejectedReloads} ${status.reloads.at(-1)?.at}`;
      if (reload !== this.#knownHistory) {
        answers.history = await this.#ask<HistoryAnswer>('history');
        this.#knownHistory = reload;
      }
      if (this.#wantsUsage && Date.now() - this.#usageAt >= USAGE_MS) {
        answers.usage = await this.#ask<UsageAnswer>('usage');
        this.#usageAt = Date.now();
      }
      this.#report();
      answers.threads = await this.#ask<ThreadsAnswer>('threads');
      this.#report();
      // Whether it is busy or blocked shows soon.
      if (answers.threads.threads.some((thread) => judgeThread(thread) === 'late')) this.#refreshLater();
    } catch (error) {
      if (error instanceof AnswerError) answers.problem = error.message;
      else answers.isLost = true;
      this.#onAnswer();
    }
  }

  #report(): void {
    this.answers.isLost = false;
    this.answers.asOf = Date.now();
    delete this.answers.problem;
    this.#onAnswer();
  }

  #refreshLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.refresh(), LATE_MS);
  }

  /** Asks why a flag is on or off. Throws an error with a sentence for people. */
  async explain(question: ExplainQuestion): Promise<ExplainAnswer> {
    return this.#ask<ExplainAnswer>('explain', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
    });
  }

  /** Addresses are relative: a proxy may serve the page under a path. */
  async #ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(path, { cache: 'no-store', ...init });
    const date = Date.parse(response.headers.get('date') ?? '');
    if (!Number.isNaN(date)) this.#onTime(date);
    if (response.ok) return (await response.json()) as Answer;
    const { error } = (await response.json().catch(() => ({}))) as { readonly error?: unknown };
    throw new AnswerError(typeof error === 'string' ? error : `The server answered ${response.status}.`);
  }

  #listen(): void {
    const events = new EventSource('events');
    this.#events = events;
    let last: unknown;
    events.addEventListener('update', ({ data }: MessageEvent) => {
      // The server may repeat itself, for instance because this page has asked it about threads.
      if (data !== last) void this.refresh();
      last = data;
    });
    // Something may have changed while there was no connection.
    events.addEventListener('open', () => void this.refresh());
    events.addEventListener('error', () => {
      this.answers.isLost = true;
      this.#onAnswer();
      // The browser tries again by itself, but gives up if an answer is no stream.
      if (events.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        if (this.#events === events) this.#listen();
      }, RETRY_MS);
    });
  }
}
