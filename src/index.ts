/** The public face of `sentry-options`. */
export type { CrashMessage, RefusedMessage, ReloadMessage } from './channels.js';
export type { OptionsConfig, PropagationListener } from './config.js';
export { attach, close, features, init, onReload, options, refresh, refreshSync, snapshot, status } from './current.js';
export {
  AlreadyInitializedError,
  ConfigError,
  type ErrorCode,
  type Fault,
  HandleVersionError,
  NotInitializedError,
  OptionsError,
  SchemaError,
  SnapshotTooLargeError,
  StartTimeoutError,
  UnknownNamespaceError,
  UnknownOptionError,
  ValuesError,
  WatcherError,
  type WatcherErrorCode,
} from './errors.js';
export type { Change, ReloadEvent, ReloadListener } from './events.js';
export type { FeatureChecker } from './features/checker.js';
export { type ContextData, type ContextValue, FeatureContext, type FeatureContextOptions } from './features/context.js';
export { type FailedCondition, type FeatureEvaluation, FeatureReason } from './features/evaluation.js';
export type {
  Feature,
  FeatureCondition,
  FeatureOperator,
  FeatureOwner,
  FeatureSegment,
} from './features/feature.js';
export type { StaleFlag, StaleFlagsOptions } from './features/stale.js';
export type { StoreHandle } from './handle.js';
export type { Logger } from './log.js';
export type { NamespaceOptions, Option } from './namespace.js';
export { type OpenConfig, Options, openOptions } from './options.js';
export type { Snapshot, SnapshotNamespace } from './pinned.js';
export type { NamespaceStatus, ReloadStatus, Status } from './status.js';
export { formatStatus } from './status-text.js';
export type { OptionTypes } from './types.js';
export type { OptionValue } from './value.js';
