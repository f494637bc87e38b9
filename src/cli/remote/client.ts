/** Asks one running process. Runs in the command line's main thread. */
import { formatText } from '../../common/text.js';
import type {
  ExplainAnswer,
  ExplainQuestion,
  HistoryAnswer,
  StatusAnswer,
  ThreadsAnswer,
  UsageAnswer,
  ValuesAnswer,
} from '../../status/answers.js';
import type { Address } from './address.js';
import { explainCheck, historyCheck, statusCheck, threadsCheck, usageCheck, valuesCheck } from './checks.js';
import { AnswerError, type Check, readAnswer } from './parse.js';
import { RemoteError, send } from './request.js';

/** The time for an answer, in milliseconds. The server asks each thread and waits for it, which takes less. */
const TIMEOUT = 10_000;
const MIB = 2 ** 20;
/** The largest answers, in bytes: of small ones, of a status with a thousand namespaces, and of all options. */
const MAX_BYTES = { small: 4 * MIB, status: 16 * MIB, values: 64 * MIB } as const;

/** A running process that can be asked. All methods throw a {@link RemoteError} if it does not answer as it should. */
export class Client {
  readonly address: Address;
  readonly #timeout: number;

  constructor(address: Address, timeout: number = TIMEOUT) {
    this.address = address;
    this.#timeout = timeout;
  }

  async status(): Promise<StatusAnswer> {
    return await this.#ask('status', statusCheck, MAX_BYTES.status);
  }

  /** @param namespace the only namespace; undefined for all */
  async values(namespace?: string): Promise<ValuesAnswer> {
    const query = namespace === undefined ? '' : `?namespace=${encodeURIComponent(namespace)}`;
    return await this.#ask(`values${query}`, valuesCheck, MAX_BYTES.values);
  }

  async history(): Promise<HistoryAnswer> {
    return await this.#ask('history', historyCheck, MAX_BYTES.small);
  }

  async threads(): Promise<ThreadsAnswer> {
    return await this.#ask('threads', threadsCheck, MAX_BYTES.small);
  }

  /**
   * Returns what has been read, and the time of the answer by the clock of the process, in milliseconds since 1970.
   * Times in the answer are by that clock, too, which this machine's may differ from.
   */
  async usage(): Promise<{ readonly usage: UsageAnswer; readonly now: number }> {
    const { answer, sentAt } = await this.#askWithTime('usage', usageCheck, MAX_BYTES.values);
    return { usage: answer, now: Number.isNaN(sentAt) ? Date.now() : sentAt };
  }

  async explain(question: ExplainQuestion): Promise<ExplainAnswer> {
    return await this.#ask('explain', explainCheck, MAX_BYTES.values, JSON.stringify(question));
  }

  async #ask<T>(path: string, check: Check<T>, maxBytes: number, body?: string): Promise<T> {
    return (await this.#askWithTime(path, check, maxBytes, body)).answer;
  }

  async #askWithTime<T>(
    path: string,
    check: Check<T>,
    maxBytes: number,
    body?: string,
  ): Promise<{ readonly answer: T; readonly sentAt: number }> {
    const request = { path, maxBytes, timeout: this.#timeout, ...(body === undefined ? {} : { body }) };
    const answer = await send(this.address, request);
    try {
      return { answer: readAnswer(answer.body, check), sentAt: answer.sentAt };
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      const what = `${this.address.name} does not answer as this version of sentry-options expects`;
      throw new RemoteError('invalid', `${what}: ${formatText(error.message)}`, { cause: error });
    }
  }
}
