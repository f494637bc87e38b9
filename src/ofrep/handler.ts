/** `createOfrepHandler`: answers the evaluation requests of the OpenFeature Remote Evaluation Protocol. Runs in any thread. */
import { describeThrown, logToStderr } from '../common/log.js';
import type { NamespaceName } from '../common/option-types.js';
import type { FeatureContext } from '../features/feature-context.js';
import type { FeatureChecker } from '../reading/feature-checker.js';
import type { Snapshot } from '../reading/snapshot.js';
import { makeUnknownNamespaceError } from '../reading/unknown-names.js';
import type { OptionsStore } from '../store/options-store.js';
import { findCurrentStore } from '../store/thread-store.js';
import { answerFailure, answerFlag, answerFlags, answerOtherMethod } from './answers.js';
import { readBody } from './body.js';
import { buildContext } from './build-context.js';
import { type OfrepConfig, type ResolvedOfrepConfig, resolveOfrepConfig } from './config.js';
import { evaluateFlag, isFailure } from './evaluate.js';
import { GENERAL, NO_ROUTE, NOT_FOUND, NOT_READY, RequestError, WRONG_KEY } from './failures.js';
import { findRoute } from './route.js';

/** Answers a request. `args` go to the setting `context`. Never rejects. */
export type OfrepHandler<Args extends readonly unknown[] = []> = (request: Request, ...args: Args) => Promise<Response>;

/**
 * Makes a handler for the evaluation requests of the OpenFeature Remote Evaluation Protocol, as browsers with OpenFeature's
 * web provider send them. It answers booleans and reasons of the flags in `flags`, and nothing else: no rules, no owners,
 * no other names. All answers to a request are from one generation. Without a store in this thread, the answer is 503.
 *
 * A client can send anything. So what it says of itself counts only if `clientProperties` names it, and `context` returns
 * what the service knows.
 *
 * @throws {ConfigError} if a setting is missing, unknown or invalid
 * @example
 * const handle = createOfrepHandler({
 *   namespace: 'shop',
 *   flags: ['new-checkout'],
 *   targetingKeyProperty: 'user_id',
 *   context: async (request) => ({ user_id: (await findSession(request))?.userId }),
 * });
 * createServer(toNodeListener(handle)).listen(8080);
 */
export function createOfrepHandler<const N extends NamespaceName, Args extends readonly unknown[] = []>(
  config: OfrepConfig<N, Args>,
): OfrepHandler<Args> {
  const handler = new Handler(resolveOfrepConfig(config));
  return (request, ...args) => handler.handle(request, args);
}

class Handler {
  readonly #config: ResolvedOfrepConfig;

  constructor(config: ResolvedOfrepConfig) {
    this.#config = config;
  }

  async handle(request: Request, args: readonly unknown[]): Promise<Response> {
    let key: string | undefined;
    try {
      const route = findRoute(request.url, this.#config.basePath);
      if (route === undefined) return answerFailure(NO_ROUTE, undefined);
      if (request.method !== 'POST') return answerOtherMethod(request.method);
      if (route.key === null) throw new RequestError(WRONG_KEY);
      key = route.key;
      // Before anything depends on whether there is such a flag.
      if (key !== undefined && !this.#config.flags.has(key)) return answerFailure(NOT_FOUND, key);
      const { context: claimed } = await readBody(request, this.#config.maxBodyBytes);
      const known = await this.#findKnown(request, args);
      return this.#evaluate(request, key, buildContext(claimed, known, this.#config));
    } catch (error) {
      if (error instanceof RequestError) return answerFailure(error.failure, key);
      this.#log(error);
      return answerFailure(GENERAL, key);
    }
  }

  /** Returns what the service knows of the client. */
  async #findKnown(request: Request, args: readonly unknown[]): Promise<object | undefined> {
    const known = await this.#config.context?.(request, ...args);
    if (known === undefined || known === null) return undefined;
    if (typeof known === 'object') return known;
    throw new TypeError(`context must return an object; got ${typeof known}`);
  }

  #evaluate(request: Request, key: string | undefined, context: FeatureContext): Response {
    const snapshot = this.#pin();
    if (snapshot === undefined) return answerFailure(NOT_READY, key);
    try {
      return this.#answer(request, key, context, snapshot.features(this.#config.namespace));
    } finally {
      snapshot.release();
    }
  }

  #answer(request: Request, key: string | undefined, context: FeatureContext, checker: FeatureChecker): Response {
    if (key !== undefined) {
      const answer = evaluateFlag(checker, key, context);
      return isFailure(answer) ? answerFailure(answer, key) : answerFlag(answer);
    }
    const answers = [];
    for (const name of this.#config.flags) {
      const answer = evaluateFlag(checker, name, context);
      if (answer === NOT_READY) return answerFailure(NOT_READY, key);
      // As if it were not on the list, also to those who ask for it by its name.
      if (answer === NOT_FOUND) continue;
      if (isFailure(answer))
        answers.push({ key: name, errorCode: answer.errorCode, errorDetails: answer.errorDetails });
      else answers.push(answer);
    }
    return answerFlags(answers, request);
  }

  /** Returns the newest generation, for this class to release; undefined if this thread cannot read any. */
  #pin(): Snapshot | undefined {
    const { namespace } = this.#config;
    const store = this.#findStore();
    if (store === undefined) return undefined;
    if (!store.view.declares(namespace)) throw makeUnknownNamespaceError(store.view, namespace);
    try {
      return store.snapshot();
    } catch (error) {
      store.view.log.once('read-failed', error);
      return undefined;
    }
  }

  #findStore(): OptionsStore | undefined {
    return this.#config.store ?? findCurrentStore();
  }

  /** Logs why a request failed, once for the same message. */
  #log(error: unknown): void {
    const message = `An OFREP request for flags of namespace '${this.#config.namespace}' failed: ${describeThrown(error)}`;
    try {
      const store = this.#findStore();
      if (store !== undefined) store.view.log.once('ofrep-failed', message, { namespace: this.#config.namespace });
      else logToStderr('ofrep-failed', message);
    } catch {
      // This thread inherited a handle that it cannot open: its next read of an option says so.
    }
  }
}
