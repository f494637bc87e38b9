/** The answers of a running process, and the checks that an answer is one. Types and constants only. */
import type { OptionValue } from '../../common/value.js';
import type { FailedCondition, FeatureEvaluation } from '../../features/evaluation.js';
import { FeatureReason } from '../../features/evaluation.js';
import type { NamespaceStatus, ReloadStatus } from '../../status/record.js';
import type { Status } from '../../status/status.js';
import {
  aBoolean,
  aNumber,
  anything,
  aString,
  type Check,
  listOf,
  mapOf,
  objectWith,
  oneOf,
  optional,
  orNull,
} from './parse.js';

/** A process that can be asked. */
export interface ProcessAnswer {
  readonly pid: number;
  readonly program: string;
  /** The version of Node.js, and that of this library. */
  readonly node: string;
  readonly library: string;
  readonly host: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

export interface StatusAnswer {
  readonly process: ProcessAnswer;
  readonly status: Status;
  readonly showsValues: boolean;
}

export interface OptionAnswer {
  readonly key: string;
  readonly kind: 'option' | 'flag';
  readonly isset: boolean;
  /** Null for a flag that is not set. */
  readonly valueType: string | null;
  /** Missing for a flag that is not set, and if values are not shown; likewise `default`. */
  readonly value?: OptionValue | undefined;
  readonly default?: OptionValue | undefined;
  /** When this value became live; `at` is null if that was too long ago. */
  readonly since: { readonly generation: number; readonly at: string | null };
}

export interface NamespaceAnswer {
  readonly namespace: string;
  readonly file: string;
  readonly options: readonly OptionAnswer[];
}

export interface ValuesAnswer {
  readonly generation: number;
  readonly namespaces: readonly NamespaceAnswer[];
}

/** An option that a reload changed. The values are compact JSON, which may be truncated, or types; null if not set. */
export interface ChangeAnswer {
  readonly namespace: string;
  readonly key: string;
  readonly old: string | null;
  readonly new: string | null;
}

export interface ReloadAnswer {
  readonly at: string;
  readonly reloadMs: number;
  /** Null if it was rejected. */
  readonly generation: number | null;
  readonly error: string | null;
  /** The first changes, as far as they are kept; `changeCount` is the number of all. */
  readonly changes: readonly ChangeAnswer[];
  readonly changeCount: number;
}

export interface HistoryAnswer {
  /** The newest first. */
  readonly reloads: readonly ReloadAnswer[];
}

export interface ThreadAnswer {
  readonly threadId: number;
  readonly isMain: boolean;
  readonly isOwner: boolean;
  readonly generation: number;
  readonly adoptedAt: string | null;
  readonly isBehind: boolean;
  readonly responds: boolean;
  /** For how long the thread has been silent, in milliseconds; null if that is unknown. */
  readonly silentMs: number | null;
  readonly activity: string | null;
}

export interface ThreadsAnswer {
  readonly generation: number;
  readonly threads: readonly ThreadAnswer[];
  /** Whether there may be further threads, which have no place in the list. */
  readonly isFull: boolean;
}

export interface ExplainAnswer extends FeatureEvaluation {
  readonly generation: number;
  readonly namespace: string;
  readonly flag: string;
  readonly text: string;
  readonly segments: readonly { readonly name: string; readonly rollout: number; readonly conditions: number }[];
}

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
  unknownKeys: listOf(aString),
  unknownCount: aNumber,
  valuesHash: orNull(aString),
  schemaHash: aString,
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
      activity: orNull(aString),
    }),
  ),
  isFull: aBoolean,
});

const conditionCheck = objectWith<FailedCondition>({
  segment: aString,
  property: aString,
  operator: oneOf('in', 'not_in', 'contains', 'not_contains', 'equals', 'not_equals', 'matches', 'not_matches'),
  // Missing where values are not shown.
  expected: optional(anything) as Check<OptionValue>,
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
  conditions: optional(listOf(conditionCheck)),
  text: aString,
  segments: listOf(
    objectWith<ExplainAnswer['segments'][number]>({ name: aString, rollout: aNumber, conditions: aNumber }),
  ),
});
