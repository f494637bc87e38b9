/**
 * The answers of the server that answers what is live: what `workers/inspect` sends, and its page and the command line
 * read. docs/inspect.md describes the requests. Types only. Times are RFC 3339.
 */
import type { OptionValue } from '../common/value.js';
import type { FailedCondition, FeatureEvaluation } from '../features/evaluation.js';
import type { FeatureOwner } from '../features/feature.js';
import type { ReloadStatus } from './record.js';
import type { Status } from './status.js';
import type { FlagUsage, Usage } from './usage.js';

/** The process that answers. */
export interface ProcessAnswer {
  readonly pid: number;
  /** The path of its program. */
  readonly program: string;
  /** The version of Node.js, and that of this library. */
  readonly node: string;
  readonly library: string;
  readonly host: string;
  readonly startedAt: string;
}

/** `GET /status`. */
export interface StatusAnswer {
  readonly process: ProcessAnswer;
  readonly status: Status;
  /** Whether the other answers have values; if not, they have types instead. */
  readonly showsValues: boolean;
}

/** One option or flag of `GET /values`. */
export interface OptionAnswer {
  readonly key: string;
  readonly kind: 'option' | 'flag';
  readonly isset: boolean;
  /** The type of the live value; null for a flag that is not set. */
  readonly valueType: string | null;
  /** Missing for a flag that is not set, and if values are not shown; likewise `default`. */
  readonly value?: OptionValue | undefined;
  readonly default?: OptionValue | undefined;
  /** When this value became live; `at` is null if that was too long ago. */
  readonly since: { readonly generation: number; readonly at: string | null };
}

/** One namespace of `GET /values`. */
export interface NamespaceAnswer {
  readonly namespace: string;
  /** The path of its values file, whether or not it exists. */
  readonly file: string;
  readonly options: readonly OptionAnswer[];
}

/** `GET /values`. */
export interface ValuesAnswer {
  readonly generation: number;
  readonly namespaces: readonly NamespaceAnswer[];
}

/** An option that a reload changed. The values are compact JSON, which may be truncated, or types; null if it was not set. */
export interface ChangeAnswer {
  readonly namespace: string;
  readonly key: string;
  readonly old: string | null;
  readonly new: string | null;
}

/** One reload of `GET /history`. */
export interface ReloadAnswer extends Pick<ReloadStatus, 'at' | 'reloadMs' | 'generation' | 'error'> {
  /** The first changes, as far as they are kept; `changeCount` is the number of all. */
  readonly changes: readonly ChangeAnswer[];
  readonly changeCount: number;
}

/** `GET /history`: the newest first. */
export interface HistoryAnswer {
  readonly reloads: readonly ReloadAnswer[];
}

/** One thread of `GET /threads`. */
export interface ThreadAnswer {
  /** Node's number of the thread. */
  readonly threadId: number;
  readonly isMain: boolean;
  /** Whether it called `init()`. */
  readonly isOwner: boolean;
  /** The generation that it has adopted, and when. */
  readonly generation: number;
  readonly adoptedAt: string | null;
  /** Whether newer values are published: the thread adopts them with its next read. */
  readonly isBehind: boolean;
  /** Whether its event loop turns. */
  readonly responds: boolean;
  /** For how long it is known to be silent, in milliseconds; null if it responds. */
  readonly silentMs: number | null;
  /** What the thread does, on Linux; null elsewhere. */
  readonly activity: 'running' | 'sleeping' | null;
}

/** `GET /threads`. */
export interface ThreadsAnswer {
  readonly generation: number;
  readonly threads: readonly ThreadAnswer[];
  /** Whether all rows are taken, so that further threads may hold the store. */
  readonly isFull: boolean;
}

/** The body of `POST /explain`. */
export interface ExplainQuestion {
  readonly namespace: string;
  /** With or without `feature.`. */
  readonly flag: string;
  readonly context?: object | undefined;
  readonly identityFields?: readonly string[] | undefined;
}

/** A condition that failed; without values if the server shows none. */
export type ConditionAnswer = Pick<FailedCondition, 'segment' | 'property' | 'operator'> & {
  readonly expected?: OptionValue;
  readonly actual?: OptionValue;
};

/** `POST /explain`. */
export interface ExplainAnswer extends Omit<FeatureEvaluation, 'conditions'> {
  readonly generation: number;
  readonly namespace: string;
  /** Without `feature.`. */
  readonly flag: string;
  /** The reason in words. */
  readonly text: string;
  readonly conditions?: readonly ConditionAnswer[];
  /** All segments of the flag, in order; `conditions` is their number. */
  readonly segments: readonly { readonly name: string; readonly rollout: number; readonly conditions: number }[];
}

/** A flag of `GET /usage`. What the values file says is missing if the flag is not set, or values are not shown. */
export interface FlagUsageAnswer extends FlagUsage {
  readonly isset: boolean;
  readonly owner?: FeatureOwner;
  /** As in the values file. */
  readonly createdAt?: string;
}

/** `GET /usage`. */
export interface UsageAnswer extends Omit<Usage, 'flags'> {
  readonly flags: readonly FlagUsageAnswer[];
}
