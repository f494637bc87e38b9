/** Entry point `sentry-options/openfeature`. Needs `@openfeature/server-sdk`, which the host installs. */

export { SentryOptionsProvider } from './openfeature/provider.js';
export type { SentryOptionsProviderConfig } from './openfeature/provider-config.js';
