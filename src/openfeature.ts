/** The public face of `sentry-options/openfeature`. Needs `@openfeature/server-sdk`, which the host installs. */

export type { SentryOptionsProviderConfig } from './openfeature/config.js';
export { SentryOptionsProvider } from './openfeature/provider.js';
