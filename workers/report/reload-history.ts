/** The last reloads, as `status()` lists them. Runs in the watcher thread. */

import { truncateBytes } from '../../src/common/text.js';
import { MAX_TEXT_BYTES, type ReloadStatus } from '../../src/status/record.js';
import { findChangedKeys } from '../values/digests.js';
import type { LoadedNamespace } from '../values/load.js';

const RELOADS_LISTED = 10;
const NAMES_LISTED = 10;

type Namespaces = ReadonlyMap<string, LoadedNamespace>;

/** The share of the status record that a history is. */
interface HistoryRecord {
  readonly reloads: readonly ReloadStatus[];
  readonly rejectedReloads: number;
}

/** When a reload ended, RFC 3339, and how many milliseconds it took. */
type ReloadTime = Pick<ReloadStatus, 'at' | 'reloadMs'>;

/** Keeps the last ten reloads, and counts those that were refused. */
export class ReloadHistory {
  #record: HistoryRecord = { reloads: [], rejectedReloads: 0 };
  /** What the last load saw that was refused: files that were not touched since are no further reload. */
  #rejectedProbe: string | undefined;

  /** Generation `generation` was made of `after`. */
  published(generation: number, before: Namespaces, after: Namespaces, time: ReloadTime): HistoryRecord {
    this.#rejectedProbe = undefined;
    return this.#add({ ...time, generation, ...findDifference(before, after), error: null });
  }

  /** A load was refused: `sight` is what a glance had shown, `message` why. */
  rejected(probe: string, message: string, time: ReloadTime): HistoryRecord {
    const seen = `${probe}\n${message}`;
    if (seen === this.#rejectedProbe) return this.#record;
    this.#rejectedProbe = seen;
    const nothing = { namespaces: [], namespaceCount: 0, keys: [], keyCount: 0 };
    this.#add({ ...time, generation: null, ...nothing, error: truncateBytes(message, MAX_TEXT_BYTES) });
    this.#record = { ...this.#record, rejectedReloads: this.#record.rejectedReloads + 1 };
    return this.#record;
  }

  /** The files are good again, and what they hold is published: the next refusal is another one. */
  accepted(): void {
    this.#rejectedProbe = undefined;
  }

  #add(reload: ReloadStatus): HistoryRecord {
    const reloads = [...this.#record.reloads, reload].slice(-RELOADS_LISTED);
    this.#record = { ...this.#record, reloads };
    return this.#record;
  }
}

function findDifference(before: Namespaces, after: Namespaces) {
  const namespaces: string[] = [];
  const keys: string[] = [];
  for (const [name, now] of after) {
    const then = before.get(name);
    if (then === undefined || then.hash === now.hash) continue;
    namespaces.push(name);
    for (const key of findChangedKeys(then.digests, now.digests)) keys.push(`${name}/${key}`);
  }
  return {
    namespaces: namespaces.slice(0, NAMES_LISTED),
    namespaceCount: namespaces.length,
    keys: keys.slice(0, NAMES_LISTED).map((name) => truncateBytes(name, MAX_TEXT_BYTES)),
    keyCount: keys.length,
  };
}
