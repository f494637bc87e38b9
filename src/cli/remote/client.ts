/** Asks one running process. Runs in the command line's main thread. */
import { formatText } from '../../common/text.js';
import type {
  ExplainAnswer,
  ExplainQuestion,
  HistoryAnswer,
  StatusAnswer,
  ThreadsAnswer,
  ValuesAnswer,
} from '../../status/answers.js';
import type { Address } from './address.js';
import { explainCheck, historyCheck, statusCheck, threadsCheck, valuesCheck } from './checks.js';
import { AnswerError, type Check, readAnswer } from './parse.js';
import { RemoteError, send } from './request.js';

/** The time for an answer, in milliseconds. The server asks each thread and waits for it, which takes less. */
const TIMEOUT = 10_000;
const MIB = 2 ** 20;
/** The largest answers, in bytes: of small ones, of a status with a thousand namespaces, and of all values. */
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

  async explain(question: ExplainQuestion): Promise<ExplainAnswer> {
    return await this.#ask('explain', explainCheck, MAX_BYTES.values, JSON.stringify(question));
  }

  async #ask<T>(path: string, check: Check<T>, maxBytes: number, body?: string): Promise<T> {
    const request = { path, maxBytes, timeout: this.#timeout, ...(body === undefined ? {} : { body }) };
    const bytes = await send(this.address, request);
    try {
      return readAnswer(bytes, check);
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error;
      const what = `${this.address.name} does not answer as this version of sentry-options expects`;
      throw new RemoteError('invalid', `${what}: ${formatText(error.message)}`, { cause: error });
    }
  }
}
