/** The last reloads, as `status()` lists them. Runs in the watcher thread. */
import { cut, type ReloadStatus } from '../../src/status/status.js';
import { changedKeys } from '../values/digests.js';
import type { LoadedNamespace } from '../values/load.js';

const RELOADS_LISTED = 10;
const NAMES_LISTED = 10;

type Namespaces = ReadonlyMap<string, LoadedNamespace>;

/** The share of the status record that a history is. */
export interface HistoryRecord {
  readonly reloads: readonly ReloadStatus[];
  readonly refusedReloads: number;
}

/** When a reload ended, RFC 3339, and how many milliseconds it took. */
export type ReloadTime = Pick<ReloadStatus, 'at' | 'reloadMs'>;

/** Keeps the last ten reloads, and counts those that were refused. */
export class ReloadHistory {
  #record: HistoryRecord = { reloads: [], refusedReloads: 0 };
  /** What the last load saw that was refused: files that were not touched since are no further reload. */
  #refusedSight: string | undefined;

  /** Generation `generation` was made of `after`. */
  published(generation: number, before: Namespaces, after: Namespaces, time: ReloadTime): HistoryRecord {
    this.#refusedSight = undefined;
    return this.#add({ ...time, generation, ...difference(before, after), error: null });
  }

  /** A load was refused: `sight` is what a glance had shown, `message` why. */
  refused(sight: string, message: string, time: ReloadTime): HistoryRecord {
    const seen = `${sight}\n${message}`;
    if (seen === this.#refusedSight) return this.#record;
    this.#refusedSight = seen;
    const nothing = { namespaces: [], namespaceCount: 0, keys: [], keyCount: 0 };
    this.#add({ ...time, generation: null, ...nothing, error: cut(message) });
    this.#record = { ...this.#record, refusedReloads: this.#record.refusedReloads + 1 };
    return this.#record;
  }

  /** The files are good again, and what they hold is published: the next refusal is another one. */
  accepted(): void {
    this.#refusedSight = undefined;
  }

  #add(reload: ReloadStatus): HistoryRecord {
    const reloads = [...this.#record.reloads, reload].slice(-RELOADS_LISTED);
    this.#record = { ...this.#record, reloads };
    return this.#record;
  }
}

function difference(before: Namespaces, after: Namespaces) {
  const namespaces: string[] = [];
  const keys: string[] = [];
  for (const [name, now] of after) {
    const then = before.get(name);
    if (then === undefined || then.hash === now.hash) continue;
    namespaces.push(name);
    for (const key of changedKeys(then.digests, now.digests)) keys.push(`${name}/${key}`);
  }
  return {
    namespaces: namespaces.slice(0, NAMES_LISTED),
    namespaceCount: namespaces.length,
    keys: keys.slice(0, NAMES_LISTED).map(cut),
    keyCount: keys.length,
  };
}
