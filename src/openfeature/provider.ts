/** The OpenFeature provider: its lifecycle and its evaluations. Runs in the thread that made it. */
import {
  ErrorCode,
  type EvaluationContext,
  GeneralError,
  type JsonValue,
  OpenFeatureError,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  ProviderFatalError,
  ProviderNotReadyError,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import { runWithoutContext } from '../common/async-context.js';
import { NotInitializedError } from '../common/errors.js';
import { describeThrown } from '../common/log.js';
import type { OptionsStore } from '../store/options-store.js';
import { findCurrentStore, getCurrentStore } from '../store/thread-store.js';
import { Connection } from './connection.js';
import {
  type ResolvedProviderConfig,
  resolveProviderConfig,
  type SentryOptionsProviderConfig,
} from './provider-config.js';
import { type FlagType, makeFailure, type Request, type Resolver } from './resolve.js';

/**
 * Serves flags as booleans, and options as strings, numbers, objects and booleans, to OpenFeature's server SDK. A key
 * is `namespace/name`, or `name` in the provider's namespace. A flag's name has no `feature.`.
 *
 * The provider reads this thread's store, whichever that is at each evaluation, or the one in its settings. It never
 * starts or closes a store, and never keeps the process alive. Make one in each thread that evaluates, and use it only
 * there.
 *
 * @example
 * init();
 * await OpenFeature.setProviderAndWait(new SentryOptionsProvider({ namespace: 'seer' }));
 * const isOn = await OpenFeature.getClient().getBooleanValue('new-checkout', false, { targetingKey: user.id });
 */
export class SentryOptionsProvider implements Provider {
  /** The provider's name, as OpenFeature passes it to hooks. */
  readonly metadata = { name: 'sentry-options' } as const;
  /** The kind of SDK that the provider is for. */
  readonly runsOn = 'server';
  /** The provider's events. The SDK listens to them. */
  readonly events = new OpenFeatureEventEmitter();
  readonly #config: ResolvedProviderConfig;
  /** Between `initialize` and `onClose`. */
  #isOpen = false;
  #connection: Connection | undefined;
  /** The code of the last event, if the last attempt to connect failed. */
  #failure: ErrorCode | undefined;

  /**
   * Makes a provider. It connects to its store when OpenFeature initializes it.
   *
   * @throws {ConfigError} if a setting is unknown or invalid
   */
  constructor(config?: SentryOptionsProviderConfig) {
    this.#config = resolveProviderConfig(config);
  }

  /**
   * Connects to the store. The SDK calls it. It waits for nothing, because a store has its values from the start.
   *
   * @throws {ProviderNotReadyError} if this thread has no store; the first evaluation after `init()` then finds it
   * @throws {ProviderFatalError} if no schema declares the provider's namespace
   */
  async initialize(): Promise<void> {
    // Up to the end of this function, nothing may wait. The convention is that the provider emits the event of its start.
    // The SDK emits one, too, when the promise settles; only before this call returns does it not forward those of the
    // provider to its handlers, which would otherwise run twice.
    this.#isOpen = true;
    this.#failure = undefined;
    this.#disconnect();
    this.#connect(ProviderEvents.Ready);
    runWithoutContext(() => this.events.emit(ProviderEvents.Ready));
  }

  /** Releases the store, and leaves it open. The SDK calls it. */
  async onClose(): Promise<void> {
    this.#isOpen = false;
    this.#disconnect();
  }

  /** Evaluates the flag, or else reads the boolean option, of `flagKey`. */
  async resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    const request = { flagKey, defaultValue, context };
    return this.#resolve(request, (resolver) => resolver.resolveBoolean(request));
  }

  /** Reads the string option of `flagKey`. */
  async resolveStringEvaluation(
    flagKey: string,
    defaultValue: string,
    context?: EvaluationContext,
  ): Promise<ResolutionDetails<string>> {
    return this.#resolveValue({ flagKey, defaultValue, context }, 'string');
  }

  /** Reads the number option of `flagKey`. */
  async resolveNumberEvaluation(
    flagKey: string,
    defaultValue: number,
    context?: EvaluationContext,
  ): Promise<ResolutionDetails<number>> {
    return this.#resolveValue({ flagKey, defaultValue, context }, 'number');
  }

  /** Reads the object or array option of `flagKey`, deeply frozen. */
  async resolveObjectEvaluation<T extends JsonValue>(
    flagKey: string,
    defaultValue: T,
    context?: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    return this.#resolveValue({ flagKey, defaultValue, context }, 'object');
  }

  #resolveValue<T>(request: Request<T>, type: FlagType): ResolutionDetails<T> {
    return this.#resolve(request, (resolver) => resolver.resolveValue(request, type));
  }

  #resolve<T>(
    { defaultValue }: Request<T>,
    resolve: (resolver: Resolver) => ResolutionDetails<T>,
  ): ResolutionDetails<T> {
    if (!this.#isOpen) {
      const message = 'The provider is not open. Pass it to OpenFeature.setProvider().';
      return makeFailure(defaultValue, ErrorCode.PROVIDER_NOT_READY, message);
    }
    try {
      this.#follow();
      // If there was no store at the start, there may be one by now.
      return resolve((this.#connection ?? this.#connect(ProviderEvents.Error)).resolver);
    } catch (error) {
      const { code, message } = toProviderError(error);
      return makeFailure(defaultValue, code, message);
    }
  }

  /** Moves on if this thread has another store than before: the one of before is closed, or its owner has a new one. */
  #follow(): void {
    const former = this.#connection;
    if (former === undefined || this.#config.store !== undefined) return;
    const store = findCurrentStore();
    if (store === undefined || store === former.store) return;
    this.#disconnect();
    this.#connect(former.lastEvent);
    const details = { metadata: { generation: store.generation } };
    runWithoutContext(() => this.events.emit(ProviderEvents.ConfigurationChanged, details));
  }

  /**
   * Connects to the store. If that fails, throws an error of OpenFeature, and emits it, unless the last event had its code.
   *
   * @param lastEvent the last event about health that the SDK will know if it succeeds
   */
  #connect(lastEvent: ProviderEvents): Connection {
    try {
      const store = this.#config.store ?? getCurrentStore();
      requireNamespace(store, this.#config.namespace);
      this.#connection = new Connection(store, this.#config, this.events, lastEvent);
      this.#failure = undefined;
      return this.#connection;
    } catch (error) {
      const failure = toProviderError(error);
      const { code, message } = failure;
      if (code !== this.#failure) {
        this.#failure = code;
        // Not in the context of a request that evaluates: no event is.
        runWithoutContext(() => this.events.emit(ProviderEvents.Error, { message, errorCode: code }));
      }
      throw failure;
    }
  }

  #disconnect(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

function requireNamespace(store: OptionsStore, namespace: string | undefined): void {
  const declared = store.namespaces();
  if (namespace === undefined || declared.includes(namespace)) return;
  throw new ProviderFatalError(
    `Unknown namespace '${namespace}': no schema declares it. Declared namespaces: ${declared.join(', ') || 'none'}.`,
  );
}

/** Returns `error` as one of OpenFeature's, which has a code of OpenFeature's. */
function toProviderError(error: unknown): OpenFeatureError {
  if (error instanceof OpenFeatureError) return error;
  if (error instanceof NotInitializedError) return new ProviderNotReadyError(error.message, { cause: error });
  return new GeneralError(describeThrown(error), { cause: error });
}
