/** Decides which loads run a second time. Runs in the watcher thread. Pure. */
import type { StatusRecord } from '../../src/status/record.js';
import { findGoneVolumes, findWithoutFile } from '../values/gone-volumes.js';
import type { HeldBack, LoadedNamespace, LoadResult } from '../values/results.js';

/** Milliseconds between the two loads: a writer finishes a half-written file, or completes a replacement, by then. */
export const RETRY_MS = 50;

/** The last published load. */
interface Published {
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
  readonly record: StatusRecord;
}

/** Whether a namespace is newly held back for a reason that a writer in the middle of its work may cause. */
function mayHeldChange(held: HeldBack | undefined, { namespaces }: StatusRecord): boolean {
  return [...(held?.namespaces ?? [])].some(
    ([name, { mayChange, reason }]) => mayChange && reason !== namespaces[name]?.held?.reason,
  );
}

/** Whether the load behind `result` may have met a writer in the middle of its work. */
export function shouldRetry(result: LoadResult, { namespaces, record }: Published): boolean {
  switch (result.kind) {
    case 'invalid':
      return result.mayChange;
    case 'too-large':
    case 'unavailable':
      return false;
    case 'unsettled':
      return true;
    case 'no-directory':
      return record.appliedAt !== null && record.accessError === null;
    case 'unchanged':
    case 'loaded': {
      if (mayHeldChange(result.held, record)) return true;
      const isGone = findGoneVolumes(namespaces, result.namespaces).length > 0;
      if (isGone) return record.accessError === null;
      return findWithoutFile(namespaces, result.namespaces).length > 0;
    }
  }
}
