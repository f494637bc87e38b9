/** The answers of the server, as the page reads them. Types only. */
import type { OptionValue } from '../../../src/common/value.js';
import type { FailedCondition, FeatureEvaluation } from '../../../src/features/evaluation.js';
import type { ReloadStatus } from '../../../src/status/record.js';
import type { Status } from '../../../src/status/status.js';

export type { OptionValue, Status };

/** `GET /status`. */
export interface StatusAnswer {
  readonly process: {
    readonly pid: number;
    readonly program: string;
    readonly node: string;
    readonly library: string;
    readonly host: string;
    readonly startedAt: string;
  };
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
  readonly value?: OptionValue;
  readonly default?: OptionValue;
  readonly since: { readonly generation: number; readonly at: string | null };
}

/** One namespace of `GET /values`. */
export interface NamespaceAnswer {
  readonly namespace: string;
  readonly file: string;
  readonly options: readonly OptionAnswer[];
}

/** `GET /values`. */
export interface ValuesAnswer {
  readonly generation: number;
  readonly namespaces: readonly NamespaceAnswer[];
}

/** An option that a reload changed. The values are compact JSON, or types; null if it was not set. */
export interface ChangeAnswer {
  readonly namespace: string;
  readonly key: string;
  readonly old: string | null;
  readonly new: string | null;
}

/** One reload of `GET /history`. */
export interface ReloadAnswer extends Pick<ReloadStatus, 'at' | 'reloadMs' | 'generation' | 'error'> {
  readonly changes: readonly ChangeAnswer[];
  readonly changeCount: number;
}

/** `GET /history`: the newest first. */
export interface HistoryAnswer {
  readonly reloads: readonly ReloadAnswer[];
}

/** One thread of `GET /threads`. */
export interface ThreadAnswer {
  readonly threadId: number;
  readonly isMain: boolean;
  readonly isOwner: boolean;
  readonly generation: number;
  readonly adoptedAt: string | null;
  /** Whether newer values are published: the thread adopts them with its next read. */
  readonly isBehind: boolean;
  /** Whether its event loop turns. */
  readonly responds: boolean;
  readonly silentMs: number | null;
  readonly activity: 'running' | 'sleeping' | null;
}

/** `GET /threads`. */
export interface ThreadsAnswer {
  readonly generation: number;
  readonly threads: readonly ThreadAnswer[];
  /** Whether all rows are taken, so that further threads may hold the store. */
  readonly isFull: boolean;
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
  readonly flag: string;
  /** The reason in words. */
  readonly text: string;
  readonly conditions?: readonly ConditionAnswer[];
  readonly segments: readonly { readonly name: string; readonly rollout: number; readonly conditions: number }[];
}

/** What the page asks of `POST /explain`. */
export interface Question {
  readonly namespace: string;
  readonly flag: string;
  readonly context: object;
  readonly identityFields?: readonly string[];
}
