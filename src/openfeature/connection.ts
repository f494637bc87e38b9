/** The connection of a provider to its store: what it reads, and the events that it emits. Runs in the provider's thread. */
import { ErrorCode, type OpenFeatureEventEmitter, ProviderEvents } from '@openfeature/server-sdk';
import { runWithoutContext } from '../common/async-context.js';
import { DISPOSE } from '../common/disposable.js';
import type { ReloadListener } from '../events/reload-events.js';
import type { Status } from '../status/status.js';
import type { OptionsStore } from '../store/options-store.js';
import { HealthWatch } from './health.js';
import type { ResolvedProviderConfig } from './provider-config.js';
import { Resolver } from './resolve.js';

/** The event for each health. Values are served in every health, so none is fatal. */
const EVENTS = {
  ok: ProviderEvents.Ready,
  degraded: ProviderEvents.Stale,
  closed: ProviderEvents.Stale,
  crashed: ProviderEvents.Error,
} as const satisfies Record<Status['health'], ProviderEvents>;

/** A connection, from `initialize`, or from an evaluation after `init()`. */
export class Connection {
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
