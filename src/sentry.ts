/**
 * Entry point `sentry-options/sentry`: the integration for Sentry's SDK. Needs `@sentry/node`, which the host installs. For
 * `require()`, the build makes the same of the host's CommonJS copy of the SDK: a second copy would take 24 MB.
 */
import { getIsolationScope, SDK_VERSION } from '@sentry/node';
import {
  makeIntegration,
  type SentryOptionsIntegration,
  type SentryOptionsIntegrationOptions,
} from './sentry/integration.js';

export type { SentryClient, SentryOptionsIntegration, SentryOptionsIntegrationOptions } from './sentry/integration.js';

/**
 * Makes an integration for `Sentry.init()`: each error event carries the flags that its request evaluated, and which values
 * were live. Use it in each thread that initializes Sentry. It neither starts nor closes a store.
 *
 * @throws {ConfigError} if a setting is unknown or invalid
 * @example Sentry.init({ dsn, integrations: [sentryOptionsIntegration()] });
 */
export function sentryOptionsIntegration(options?: SentryOptionsIntegrationOptions): SentryOptionsIntegration {
  return makeIntegration({ getIsolationScope, SDK_VERSION }, options);
}
