/** Entry point `sentry-options`: what services import, in any thread. Must not reach `schema/`, `files/` or ajv. */

export {
  AlreadyInitializedError,
  ConfigError,
  type ErrorCode,
  HandleVersionError,
  type Issue,
  NotInitializedError,
  OptionsError,
  SchemaError,
  SnapshotTooLargeError,
  SnapshotUnreadableError,
  StartTimeoutError,
  SuspiciousReloadError,
  UnknownNamespaceError,
  UnknownOptionError,
  ValuesError,
  WatcherError,
  type WatcherErrorCode,
} from './common/errors.js';
export type { Logger } from './common/log.js';
export type { OptionTypes } from './common/option-types.js';
export type { OptionValue } from './common/value.js';
export type { OptionsConfig, PropagationListener } from './config/config.js';
export type { ChangeListener, ChangesListener, ListenedValue } from './events/change-listeners.js';
export type { CrashMessage, RejectedMessage, ReloadMessage } from './events/diagnostics-channels.js';
export type { Change, ReloadEvent } from './events/reload-event.js';
export type { ReloadListener } from './events/reload-events.js';
export type { FeatureContextOptions } from './features/context-options.js';
export { type FailedCondition, type FeatureEvaluation, FeatureReason } from './features/evaluation.js';
export type {
  Feature,
  FeatureCondition,
  FeatureOperator,
  FeatureOwner,
  FeatureSegment,
} from './features/feature.js';
export {
  type ContextData,
  type ContextObject,
  type ContextValue,
  FeatureContext,
} from './features/feature-context.js';
export type { StoreHandle } from './memory/handle.js';
export type { AllFlagsOptions, FeatureChecker } from './reading/feature-checker.js';
export type { NamespaceOptions } from './reading/namespace.js';
export type { Option } from './reading/option.js';
export type { Snapshot, SnapshotNamespace } from './reading/snapshot.js';
export type { StaleFlag, StaleFlagsOptions } from './reading/stale-flags.js';
export type { OptionValues } from './reading/values.js';
export { formatStatus } from './status/format.js';
export type { HeldStatus, NamespaceStatus, ReloadStatus } from './status/record.js';
export type { Status } from './status/status.js';
export type { FlagUsage, OptionUsage, Usage } from './status/usage.js';
export {
  attach,
  close,
  features,
  init,
  onReload,
  options,
  refresh,
  refreshSync,
  snapshot,
  status,
} from './store/current.js';
export { type OpenConfig, openOptions } from './store/open-options.js';
export { OptionsStore } from './store/options-store.js';
export type { RefreshOptions } from './view/refresh.js';
