/** Checks and completes the settings of the OpenFeature provider. Runs in the thread that makes the provider. */
import { ConfigError } from '../common/errors.js';
import type { NamespaceName } from '../common/option-types.js';
import { readSettings } from '../common/settings.js';
import { describeKind } from '../common/value.js';
import { FeatureContext } from '../features/feature-context.js';
import { type OptionsStore, requireStore } from '../store/options-store.js';

/** The settings of `SentryOptionsProvider`. All are optional. */
export interface SentryOptionsProviderConfig {
  /** The store to read from. Default: this thread's store, from `init()` or `attach()`. */
  store?: OptionsStore | undefined;
  /** The namespace of keys without one. With `seer`, the key `max-retries` means `seer/max-retries`. Default: none. */
  namespace?: NamespaceName | undefined;
  /**
   * The property that receives the evaluation context's `targetingKey`, unless the context has a property of that name
   * itself. Default: `targetingKey`.
   */
  targetingKeyProperty?: string | undefined;
  /** The properties that determine the rollout bucket, as in FeatureContext. Default: `targetingKeyProperty` alone. */
  identityFields?: readonly string[] | undefined;
}

/** All settings, checked and completed. */
export interface ResolvedProviderConfig {
  readonly store: OptionsStore | undefined;
  readonly namespace: string | undefined;
  readonly targetingKeyProperty: string;
  readonly identityFields: readonly string[];
}

const SUBJECT = 'The configuration of SentryOptionsProvider';
const SETTINGS = ['store', 'namespace', 'targetingKeyProperty', 'identityFields'] as const;

/**
 * Checks `config`, and completes it with the defaults.
 *
 * @throws {ConfigError} if a setting is unknown or invalid
 */
export function resolveProviderConfig(config: SentryOptionsProviderConfig | undefined): ResolvedProviderConfig {
  const settings = readSettings<SentryOptionsProviderConfig>(SUBJECT, config, SETTINGS);
  const { namespace, targetingKeyProperty = 'targetingKey', identityFields = [targetingKeyProperty] } = settings;
  const store = settings.store === undefined ? undefined : requireStore(settings.store);
  requireName('namespace', namespace);
  requireName('targetingKeyProperty', targetingKeyProperty);
  // The constructor checks identityFields: once, here, rather than at each evaluation.
  new FeatureContext({}, { identityFields });
  return { store, namespace, targetingKeyProperty, identityFields: [...identityFields] };
}

function requireName(key: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw new ConfigError(`The provider's ${key} must be a non-empty string; got ${describeKind(value)}.`, { key });
}
