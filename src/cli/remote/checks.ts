/** Checks that an answer of a running process is one: whoever answers may be another version, or another program. */
import { FeatureReason } from '../../features/evaluation.js';
import type { FeatureOwner } from '../../features/feature.js';
import type {
  ChangeAnswer,
  ConditionAnswer,
  ExplainAnswer,
  FlagUsageAnswer,
  HistoryAnswer,
  NamespaceAnswer,
  OptionAnswer,
  ProcessAnswer,
  ReloadAnswer,
  StatusAnswer,
  ThreadAnswer,
  ThreadsAnswer,
  UsageAnswer,
  ValuesAnswer,
} from '../../status/answers.js';
import type {
  FallbackStatus,
  HeldStatus,
  LostStatus,
  NamespaceStatus,
  ReloadStatus,
  StateStatus,
} from '../../status/record.js';
import type { Status } from '../../status/status.js';
import type { OptionUsage } from '../../status/usage.js';
import {
  aBoolean,
  aCount,
  aNumber,
  anything,
  aString,
  aTime,
  type Check,
  listOf,
  mapOf,
  objectWith,
  oneOf,
  optional,
  orNull,
} from './parse.js';

const processCheck = objectWith<ProcessAnswer>({
  pid: aNumber,
  program: aString,
  node: aString,
  library: aString,
  host: aString,
  startedAt: aString,
});

const namespaceStatusCheck = objectWith<NamespaceStatus>({
  generatedAt: orNull(aString),
  delaySecs: orNull(aNumber),
  commit: orNull(aString),
  unknownKeys: listOf(aString),
  unknownCount: aNumber,
  valuesHash: orNull(aString),
  schemaHash: aString,
  held: orNull(objectWith<HeldStatus>({ since: aString, reason: aString })),
  lost: orNull(objectWith<LostStatus>({ since: aString })),
});

const reloadStatusCheck = objectWith<ReloadStatus>({
  at: aString,
  reloadMs: aNumber,
  generation: orNull(aNumber),
  namespaces: listOf(aString),
  namespaceCount: aNumber,
  keys: listOf(aString),
  keyCount: aNumber,
  error: orNull(aString),
});

/** Of what `status()` returns. */
export const storeStatusCheck: Check<Status> = objectWith<Status>({
  health: oneOf('ok', 'degraded', 'crashed', 'closed'),
  reason: orNull(aString),
  watcher: oneOf('running', 'stalled', 'crashed', 'closed'),
  directory: aString,
  generation: aNumber,
  appliedAt: orNull(aString),
  polls: aNumber,
  lastPollAt: orNull(aString),
  reloadMs: orNull(aNumber),
  lastError: orNull(aString),
  lastErrorAt: orNull(aString),
  namespaces: mapOf(namespaceStatusCheck),
  heartbeatAt: orNull(aString),
  rejectedReloads: aNumber,
  reloads: listOf(reloadStatusCheck),
  mountWarnings: listOf(aString),
  fallback: orNull(objectWith<FallbackStatus>({ kind: oneOf('lastGood', 'defaults'), keptAt: orNull(aString) })),
  state: orNull(objectWith<StateStatus>({ file: aString, keptAt: orNull(aString), problem: orNull(aString) })),
});

export const statusCheck: Check<StatusAnswer> = objectWith<StatusAnswer>({
  process: processCheck,
  status: storeStatusCheck,
  showsValues: aBoolean,
});

const optionCheck = objectWith<OptionAnswer>({
  key: aString,
  kind: oneOf('option', 'flag'),
  isset: aBoolean,
  valueType: orNull(aString),
  value: optional(anything),
  default: optional(anything),
  since: objectWith<OptionAnswer['since']>({ generation: aNumber, at: orNull(aString) }),
});

export const valuesCheck: Check<ValuesAnswer> = objectWith<ValuesAnswer>({
  generation: aNumber,
  namespaces: listOf(objectWith<NamespaceAnswer>({ namespace: aString, file: aString, options: listOf(optionCheck) })),
});

const changeCheck = objectWith<ChangeAnswer>({
  namespace: aString,
  key: aString,
  old: orNull(aString),
  new: orNull(aString),
});

export const historyCheck: Check<HistoryAnswer> = objectWith<HistoryAnswer>({
  reloads: listOf(
    objectWith<ReloadAnswer>({
      at: aString,
      reloadMs: aNumber,
      generation: orNull(aNumber),
      error: orNull(aString),
      changes: listOf(changeCheck),
      changeCount: aNumber,
    }),
  ),
});

export const threadsCheck: Check<ThreadsAnswer> = objectWith<ThreadsAnswer>({
  generation: aNumber,
  threads: listOf(
    objectWith<ThreadAnswer>({
      threadId: aNumber,
      isMain: aBoolean,
      isOwner: aBoolean,
      generation: aNumber,
      adoptedAt: orNull(aString),
      isBehind: aBoolean,
      responds: aBoolean,
      silentMs: orNull(aNumber),
      activity: orNull(oneOf('running', 'sleeping')),
    }),
  ),
  isFull: aBoolean,
});

const conditionCheck = objectWith<ConditionAnswer>({
  segment: aString,
  property: aString,
  operator: oneOf('in', 'not_in', 'contains', 'not_contains', 'equals', 'not_equals', 'matches', 'not_matches'),
  // Missing where values are not shown.
  expected: optional(anything),
  actual: optional(anything),
});

export const explainCheck: Check<ExplainAnswer> = objectWith<ExplainAnswer>({
  generation: aNumber,
  namespace: aString,
  flag: aString,
  enabled: aBoolean,
  reason: oneOf(...Object.values(FeatureReason)),
  segment: optional(aString),
  rollout: optional(aNumber),
  bucket: optional(aNumber),
  identity: optional(aString),
  conditions: optional(listOf(conditionCheck)),
  text: aString,
  segments: listOf(
    objectWith<ExplainAnswer['segments'][number]>({ name: aString, rollout: aNumber, conditions: aNumber }),
  ),
});

const optionUsageCheck = objectWith<OptionUsage>({ namespace: aString, key: aString, firstReadAt: orNull(aTime) });

const flagUsageCheck: Check<FlagUsageAnswer> = objectWith<FlagUsageAnswer>({
  namespace: aString,
  flag: aString,
  on: aCount,
  off: aCount,
  errors: aCount,
  lastEvaluatedAt: orNull(aTime),
  firstReadAt: orNull(aTime),
  isset: aBoolean,
  // Missing for a flag that is not set, and where values are not shown; likewise `createdAt`.
  owner: optional(objectWith<FeatureOwner>({ team: aString, email: optional(orNull(aString)) })),
  createdAt: optional(aString),
});

export const usageCheck: Check<UsageAnswer> = objectWith<UsageAnswer>({
  since: aTime,
  options: listOf(optionUsageCheck),
  flags: listOf(flagUsageCheck),
  problem: orNull(aString),
});
