/** Records the last reloads, as `status()` lists them. Runs in the watcher thread. */
import { truncateBytes } from '../../src/common/text.js';
import { MAX_TEXT_BYTES, type ReloadStatus } from '../../src/status/record.js';
import type { Loaded } from '../values/results.js';

const RELOADS_LISTED = 10;
const NAMES_LISTED = 10;

/** The fields of the status record that hold the history. */
interface HistoryRecord {
  readonly reloads: readonly ReloadStatus[];
  readonly rejectedReloads: number;
}

/** When a reload ended (RFC 3339), and its duration in milliseconds. */
export type ReloadTime = Pick<ReloadStatus, 'at' | 'reloadMs'>;

/** Keeps the last ten reloads, and counts the rejected ones. */
export class ReloadHistory {
  #record: HistoryRecord = { reloads: [], rejectedReloads: 0 };
  /** Probe and message of the last rejection. A poll that finds the same is not another reload. */
  #lastRejection: string | undefined;

  /** Adds the reload that published `changes` as `generation`. */
  published(generation: number, changes: Loaded['changes'], time: ReloadTime): HistoryRecord {
    this.#lastRejection = undefined;
    return this.#add({ ...time, generation, ...summarize(changes), error: null });
  }

  /**
   * Adds a rejected reload, unless the files are untouched since the last rejection.
   *
   * @param probe the signature of the files, probed before the load
   * @param message the message of the error
   */
  rejected(probe: string, message: string, time: ReloadTime): HistoryRecord {
    const rejection = `${probe}\n${message}`;
    if (rejection === this.#lastRejection) return this.#record;
    this.#lastRejection = rejection;
    return this.#addRejection(message, time);
  }

  #addRejection(message: string, time: ReloadTime): HistoryRecord {
    const noChanges = { namespaces: [], namespaceCount: 0, keys: [], keyCount: 0 };
    this.#add({ ...time, generation: null, ...noChanges, error: truncateBytes(message, MAX_TEXT_BYTES) });
    this.#record = { ...this.#record, rejectedReloads: this.#record.rejectedReloads + 1 };
    return this.#record;
  }

  /** Adds a reload that held back files which no reload before it held back. */
  heldBack(message: string, time: ReloadTime): HistoryRecord {
    return this.#addRejection(message, time);
  }

  /** Notes that the files are valid and already published: the next rejection counts as a new one. */
  accepted(): void {
    this.#lastRejection = undefined;
  }

  #add(reload: ReloadStatus): HistoryRecord {
    const reloads = [...this.#record.reloads, reload].slice(-RELOADS_LISTED);
    this.#record = { ...this.#record, reloads };
    return this.#record;
  }
}

/** Names the first namespaces and options of `changes`, and counts all. */
function summarize(changes: Loaded['changes']) {
  const keys: string[] = [];
  let keyCount = 0;
  for (const [namespace, changed] of changes) {
    keyCount += changed.length;
    for (const key of changed.slice(0, NAMES_LISTED - keys.length)) {
      keys.push(truncateBytes(`${namespace}/${key}`, MAX_TEXT_BYTES));
    }
  }
  return {
    namespaces: [...changes.keys()].slice(0, NAMES_LISTED),
    namespaceCount: changes.size,
    keys,
    keyCount,
  };
}
