/** The OpenFeature provider: its lifecycle and its events. Runs in the thread that made it. */
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
import { runWithoutContext } from '../common/async-context.js';
import { DISPOSE } from '../common/disposable.js';
import { NotInitializedError } from '../common/errors.js';
import type { ReloadListener } from '../events/reload-events.js';
import type { Status } from '../status/status.js';
import type { OptionsStore } from '../store/options-store.js';
import { findCurrentStore, getCurrentStore } from '../store/thread-store.js';
import { HealthWatch } from './health.js';
import {
  type ResolvedProviderConfig,
  resolveProviderConfig,
  type SentryOptionsProviderConfig,
} from './provider-config.js';
import { makeFailure, Resolver } from './resolve.js';

/** The event for each health. Values are served in every health, so none is fatal. */
const EVENTS = {
  ok: ProviderEvents.Ready,
  degraded: ProviderEvents.Stale,
  closed: ProviderEvents.Stale,
  crashed: ProviderEvents.Error,
} as const satisfies Record<Status['health'], ProviderEvents>;

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
    this.#isOpen = true;
    this.#connection ??= this.#connect(ProviderEvents.Ready);
  }

  /** Releases the store, and leaves it open. The SDK calls it. */
  async onClose(): Promise<void> {
    this.#isOpen = false;
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Evaluates the flag, or else reads the boolean option, of `flagKey`. */
  async resolveBooleanEvaluation(
    flagKey: string,
    defaultValue: boolean,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<boolean>> {
    return this.#resolve(defaultValue, (resolver) => resolver.resolveBoolean(flagKey, defaultValue, context));
  }

  /** Reads the string option of `flagKey`. */
  async resolveStringEvaluation(flagKey: string, defaultValue: string): Promise<ResolutionDetails<string>> {
    return this.#resolve(defaultValue, (resolver) => resolver.resolveValue(flagKey, 'string', defaultValue));
  }

  /** Reads the number option of `flagKey`. */
  async resolveNumberEvaluation(flagKey: string, defaultValue: number): Promise<ResolutionDetails<number>> {
    return this.#resolve(defaultValue, (resolver) => resolver.resolveValue(flagKey, 'number', defaultValue));
  }

  /** Reads the object or array option of `flagKey`, deeply frozen. */
  async resolveObjectEvaluation<T extends JsonValue>(flagKey: string, defaultValue: T): Promise<ResolutionDetails<T>> {
    return this.#resolve(defaultValue, (resolver) => resolver.resolveValue(flagKey, 'object', defaultValue));
  }

  #resolve<T>(defaultValue: T, resolve: (resolver: Resolver) => ResolutionDetails<T>): ResolutionDetails<T> {
    if (!this.#isOpen) {
      const message = 'The provider is not open. Pass it to OpenFeature.setProvider().';
      return makeFailure(defaultValue, ErrorCode.PROVIDER_NOT_READY, message);
    }
    this.#follow();
    if (this.#connection === undefined) {
      try {
        // By now there may be a store. The SDK's last event is an error, so the new connection reports its health.
        this.#connection = this.#connect(ProviderEvents.Error);
      } catch (error) {
        if (!(error instanceof ProviderNotReadyError)) throw error;
        return makeFailure(defaultValue, error.code, error.message);
      }
    }
    return resolve(this.#connection.resolver);
  }

  /** Moves on if this thread has another store than before: the one of before is closed, or its owner has a new one. */
  #follow(): void {
    const former = this.#connection;
    if (former === undefined || this.#config.store !== undefined) return;
    const store = findCurrentStore();
    if (store === undefined || store === former.store) return;
    this.#connection = undefined;
    former.close();
    this.#connection = this.#connect(former.lastEvent);
    const details = { metadata: { generation: store.generation } };
    // Like all events: not in the context of the request that evaluates.
    runWithoutContext(() => this.events.emit(ProviderEvents.ConfigurationChanged, details));
  }

  /** Connects to the store. `lastEvent`: the last event about health that the SDK knows. */
  #connect(lastEvent: ProviderEvents): Connection {
    const store = this.#config.store ?? findStore();
    const { namespace } = this.#config;
    if (namespace !== undefined && !store.namespaces().includes(namespace)) {
      throw new ProviderFatalError(
        `Unknown namespace '${namespace}': no schema declares it. ` +
          `Declared namespaces: ${store.namespaces().join(', ') || 'none'}.`,
      );
    }
    return new Connection(store, this.#config, this.events, lastEvent);
  }
}

/** The connection of a provider to its store. */
class Connection {
  readonly store: OptionsStore;
  readonly resolver: Resolver;
  /** The last event about health that the SDK knows. */
  lastEvent: ProviderEvents;
  readonly #subscription: Disposable;
  readonly #health: HealthWatch;

  constructor(
    store: OptionsStore,
    config: ResolvedProviderConfig,
    events: OpenFeatureEventEmitter,
    lastEvent: ProviderEvents,
  ) {
    this.store = store;
    this.lastEvent = lastEvent;
    this.resolver = new Resolver(store, config);
    const { keys } = this.resolver;
    const emitChange: ReloadListener = ({ generation, previousGeneration, changes }) => {
      // Clients evaluate again at each event: for example, a web service that pushes flags to its browsers.
      if (changes.length === 0) return;
      const flagsChanged = [...new Set(changes.map(({ namespace, key }) => keys.formatKey(namespace, key)))];
      events.emit(ProviderEvents.ConfigurationChanged, {
        flagsChanged,
        metadata: { generation, previousGeneration },
      });
    };
    // An evaluation in a request may connect, and the connection lives longer than the request.
    this.#subscription = runWithoutContext(() => store.onReload(emitChange));
    this.#health = new HealthWatch(store, ({ health, reason }) => {
      const event = EVENTS[health];
      if (event === this.lastEvent) return;
      this.lastEvent = event;
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
