/** What the OpenFeature provider is made with, checked and completed. Runs in the thread that makes the provider. */
import { ConfigError } from '../common/errors.js';
import { FeatureContext } from '../features/feature-context.js';
import type { NamespaceName } from '../store/option-types.js';
import type { OptionsStore } from '../store/options-store.js';

/** How flags and options are offered to OpenFeature. Everything is optional. */
export interface SentryOptionsProviderConfig {
  /** The store to read from. Default: this thread's, which `init()` or `attach()` has made. */
  store?: OptionsStore | undefined;
  /** The namespace of keys that name none: `max-retries` is then the same as `seer/max-retries`. */
  namespace?: NamespaceName | undefined;
  /**
   * The property that the evaluation context's `targetingKey` becomes, where the context has none of that name itself.
   * Default: `targetingKey`.
   */
  targetingKeyProperty?: string | undefined;
  /** The properties by which rollouts go, as FeatureContext has them. Default: the one of the targeting key alone. */
  identityFields?: readonly string[] | undefined;
}

/** The same with its defaults. */
export interface ResolvedProviderConfig {
  readonly store: OptionsStore | undefined;
  readonly namespace: string | undefined;
  readonly targetingKeyProperty: string;
  readonly identityFields: readonly string[];
}

const SETTINGS = ['store', 'namespace', 'targetingKeyProperty', 'identityFields'];

/** @throws {ConfigError} for a setting that there is not, or that is of the wrong type */
export function resolveProviderConfig(config: SentryOptionsProviderConfig): ResolvedProviderConfig {
  const unknown = Object.keys(config).find((name) => !SETTINGS.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(`The provider has no setting '${unknown}'. There are: ${SETTINGS.join(', ')}.`, {
      key: unknown,
    });
  }
  const { store, namespace, targetingKeyProperty = 'targetingKey', identityFields = [targetingKeyProperty] } = config;
  requireName('namespace', namespace);
  requireName('targetingKeyProperty', targetingKeyProperty);
  // It checks what it is given: here and once, rather than at each evaluation.
  new FeatureContext({}, { identityFields });
  return { store, namespace, targetingKeyProperty, identityFields: [...identityFields] };
}

function requireName(key: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw new ConfigError(`The provider's ${key} has to be a string that is not empty.`, { key });
}
