/** The public face of `sentry-options/testing`. */
export { ConfigMapVolume } from './config-map-volume.js';
export { type CrashKind, crashWatcher } from './crash-watcher.js';
export { alwaysOff, alwaysOn, enabledWhen, firstMatchOf, rolloutTo } from './features.js';
export { overrideOptions } from './overrides.js';
export { createTestOptions, type TestOptionsConfig } from './test-options.js';
