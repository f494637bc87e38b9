/** Entry point `sentry-options/testing`. The only entry point of the library that includes the validator. */
export { ConfigMapVolume } from './testing/config-map-volume.js';
export { type CrashKind, crashWatcher } from './testing/crash-watcher.js';
export { alwaysOff, alwaysOn, enabledWhen, firstMatchOf, rolloutTo } from './testing/features.js';
export { overrideOptions } from './testing/overrides.js';
export { createTestOptions, type TestOptionsConfig } from './testing/test-options.js';
