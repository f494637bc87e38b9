/** The OpenFeature provider: its life, and its events. To be used in the thread that it was made in. */
import {
  ErrorCode,
  type EvaluationContext,
  type JsonValue,
  OpenFeatureEventEmitter,
  type Provider,
  ProviderEvents,
  ProviderFatalError,
  ProviderNotReadyError,
  type ResolutionDetails,
} from '@openfeature/server-sdk';
import { DISPOSE } from '../common/disposable.js';
import { NotInitializedError } from '../common/errors.js';
import type { Status } from '../status/status.js';
import { getCurrentStore } from '../store/current.js';
import type { OptionsStore } from '../store/options-store.js';
import { HealthWatch } from './health.js';
import {
  type ResolvedProviderConfig,
  resolveProviderConfig,
  type SentryOptionsProviderConfig,
} from './provider-config.js';
import { makeFailure, Resolver } from './resolve.js';

/** What an application hears of each health. Values are served in all of them, so that none is fatal. */
const EVENTS = {
  ok: ProviderEvents.Ready,
  degraded: ProviderEvents.Stale,
  closed: ProviderEvents.Stale,
  crashed: ProviderEvents.Error,
} as const satisfies Record<Status['health'], ProviderEvents>;

/**
 * Serves flags as booleans, and options as strings, numbers, objects and booleans, to OpenFeature's server SDK. A key
 * is `namespace/name`, or `name` in the namespace that is given here; a flag's name is without `feature.`.
 *
 * It reads this thread's store, or the one that it is given; it starts none, closes none, and keeps no process alive.
 * Make one in each thread that evaluates.
 *
 * @example
 * init();
 * await OpenFeature.setProviderAndWait(new SentryOptionsProvider({ namespace: 'seer' }));
 * const isOn = await OpenFeature.getClient().getBooleanValue('new-checkout', false, { targetingKey: user.id });
 */
export class SentryOptionsProvider implements Provider {
  /** The provider's name, as OpenFeature's hooks are told it. */
  readonly metadata = { name: 'sentry-options' } as const;
  readonly runsOn = 'server';
  readonly events = new OpenFeatureEventEmitter();
  readonly #config: ResolvedProviderConfig;
  /** Between `initialize` and `onClose`. */
  #isOpen = false;
  #connection: Connection | undefined;

  /** @throws {ConfigError} where `config` cannot be used */
  constructor(config: SentryOptionsProviderConfig = {}) {
    this.#config = resolveProviderConfig(config);
  }

  /**
   * Called by the SDK. Finds the store; nothing is waited for, since a store has its values from the start.
   *
   * @throws {ProviderNotReadyError} where this thread has no store; the first evaluation after `init()` finds it then
   * @throws {ProviderFatalError} where no schema declares the provider's namespace
   */
  async initialize(): Promise<void> {
    this.#isOpen = true;
    this.#connection ??= this.#connect(ProviderEvents.Ready);
  }

  /** Called by the SDK. Lets go of the store, and leaves it open. */
  async onClose(): Promise<void> {
    this.#isOpen = false;
    this.#connection?.close();
    this.#connection = undefined;
  }

  async resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.#resolve(defaultValue, (resolver) => resolver.resolveBoolean(flagKey, defaultValue, context));
  }

  async resolveStringEvaluation(flagKey: string, defaultValue: string): Promise<ResolutionDetails<string>> {
    return this.#resolve(defaultValue, (resolver) => resolver.resolveValue(flagKey, 'string', defaultValue));
  }

  async resolveNumberEvaluation(flagKey: string, defaultValue: number): Promise<ResolutionDetails<number>> {
    return this.#resolve(defaultValue, (resolver) => resolver.resolveValue(flagKey, 'number', defaultValue));
  }

  /** Objects and lists are deeply frozen. */
  async resolveObjectEvaluation<T extends JsonValue>(flagKey: string, defaultValue: T): Promise<ResolutionDetails<T>> {
    return this.#resolve(defaultValue, (resolver) => resolver.resolveValue(flagKey, 'object', defaultValue));
  }

  #resolve<T>(defaultValue: T, resolve: (resolver: Resolver) => ResolutionDetails<T>): ResolutionDetails<T> {
    if (!this.#isOpen) {
      const message = 'The provider is closed, or was never given to OpenFeature.setProvider().';
      return makeFailure(defaultValue, ErrorCode.PROVIDER_NOT_READY, message);
    }
    if (this.#connection === undefined) {
      try {
        // There may be a store by now. The SDK has it that there is an error, so that it is told of what is found.
        this.#connection = this.#connect(ProviderEvents.Error);
      } catch (error) {
        if (!(error instanceof ProviderNotReadyError)) throw error;
        return makeFailure(defaultValue, error.code, error.message);
      }
    }
    return resolve(this.#connection.resolver);
  }

  /** `told`: the last event of this kind that the SDK knows of. */
  #connect(lastEvent: ProviderEvents): Connection {
    const store = this.#config.store ?? findStore();
    const { namespace } = this.#config;
    if (namespace !== undefined && !store.namespaces().includes(namespace)) {
      throw new ProviderFatalError(
        `Unknown namespace '${namespace}': no schema declares it. There are: ${store.namespaces().join(', ') || 'none'}.`,
      );
    }
    return new Connection(store, this.#config, this.events, lastEvent);
  }
}

/** A provider on its store. */
class Connection {
  readonly resolver: Resolver;
  readonly #subscription: Disposable;
  readonly #health: HealthWatch;

  constructor(
    store: OptionsStore,
    config: ResolvedProviderConfig,
    events: OpenFeatureEventEmitter,
    lastEvent: ProviderEvents,
  ) {
    this.resolver = new Resolver(store, config);
    const { keys } = this.resolver;
    this.#subscription = store.onReload(({ generation, previousGeneration, changes }) => {
      const flagsChanged = [...new Set(changes.map(({ namespace, key }) => keys.formatKey(namespace, key)))];
      events.emit(ProviderEvents.ConfigurationChanged, {
        flagsChanged,
        metadata: { generation, previousGeneration },
      });
    });
    let last = lastEvent;
    this.#health = new HealthWatch(store, ({ health, reason }) => {
      const event = EVENTS[health];
      if (event === last) return;
      last = event;
      events.emit(event, {
        ...(reason !== null && { message: reason }),
        ...(event === ProviderEvents.Error && { errorCode: ErrorCode.GENERAL }),
      });
    });
  }

  close(): void {
    this.#subscription[DISPOSE]();
    this.#health.close();
  }
}

function findStore(): OptionsStore {
  try {
    return getCurrentStore();
  } catch (error) {
    if (!(error instanceof NotInitializedError)) throw error;
    throw new ProviderNotReadyError(error.message, { cause: error });
  }
}
