/**
 * Reports the namespaces that keep their last good values while the others go on: what is in the status, and what is new
 * for the log and the history. Runs in the watcher thread.
 */
import type { NamespaceStatus } from '../../src/status/record.js';
import { describeGoneVolumes } from '../values/gone-volumes.js';
import type { Held, HeldBack } from '../values/results.js';
import { type ReloadError, toHeldError } from './rejection.js';

/** What a load held back, compared with the load before it. */
export interface HeldReport {
  /** The error of all files that are held back; undefined if there is none. */
  readonly error: ReloadError | undefined;
  /** Which volumes are gone; null if none is. */
  readonly accessError: string | null;
  /** Whether the next poll must load again, although no file changes. */
  readonly isTransient: boolean;
  /** Whether no namespace is held back. */
  readonly isEmpty: boolean;
  /** The error of the files that are held back for another reason than before; undefined if there is none. */
  readonly news: ReloadError | undefined;
  /** Which volumes are newly gone; undefined if none is. */
  readonly newlyGone: { readonly reason: string; readonly namespaces: readonly string[] } | undefined;
  /** The error of the files that this load rejected, and no load before it; undefined if there is none. */
  readonly rejected: ReloadError | undefined;
  /** The namespaces whose bad files are good again. */
  readonly recovered: readonly string[];
  /** The namespaces whose suspicious values were accepted or rolled back. */
  readonly released: readonly string[];
}

/** What is known of one namespace while it is held back. */
interface Known {
  /** The last verdict on its file, also if the file cannot be read any more. */
  readonly verdict: Held | undefined;
  /** Why there is no verdict now. */
  readonly outage: 'unavailable' | 'volume-gone' | undefined;
}

/** Remembers what is held back from one load to the next. */
export class HeldReporter {
  readonly #valuesDirectory: string;
  #known: ReadonlyMap<string, Known> = new Map();

  /** @param valuesDirectory its path, for messages */
  constructor(valuesDirectory: string) {
    this.#valuesDirectory = valuesDirectory;
  }

  /** Reports what a load held back; undefined: nothing. */
  report(held: HeldBack | undefined): HeldReport {
    const before = this.#known;
    const namespaces = [...(held?.namespaces ?? [])];
    this.#known = new Map(namespaces.map(([name, each]) => [name, advance(before.get(name), each)]));
    const isNew = (name: string) => isNews(before.get(name), this.#known.get(name));
    const ended = [...before.keys()].filter((name) => !this.#known.has(name));
    const wasSuspicious = (name: string) => before.get(name)?.verdict?.cause === 'suspicious';
    const gone = namespaces
      .filter(([, { cause }]) => cause === 'volume-gone')
      .map(([namespace, { deleted }]) => ({ namespace, deleted }));
    const newlyGone = gone.filter(({ namespace }) => isNew(namespace));
    const select = (filter: (name: string, each: Held) => boolean) => {
      const names = new Set(namespaces.filter(([name, each]) => filter(name, each)).map(([name]) => name));
      const issues = held?.issues.filter(({ namespace }) => names.has(namespace)) ?? [];
      const isSuspicious = [...names].every((name) => held?.namespaces.get(name)?.cause === 'suspicious');
      return issues.length === 0 ? undefined : toHeldError(issues, this.#valuesDirectory, isSuspicious);
    };
    return {
      error: select(() => true),
      accessError: gone.length === 0 ? null : describeGoneVolumes(this.#valuesDirectory, gone),
      isTransient: namespaces.some(([, { cause }]) => cause === 'volume-gone' || cause === 'unavailable'),
      isEmpty: namespaces.length === 0,
      news: select(isNew),
      newlyGone:
        newlyGone.length === 0
          ? undefined
          : {
              reason: describeGoneVolumes(this.#valuesDirectory, newlyGone),
              namespaces: newlyGone.map(({ namespace }) => namespace),
            },
      rejected: select((name, each) => isRejection(before.get(name), each)),
      recovered: ended.filter((name) => !wasSuspicious(name)),
      released: ended.filter(wasSuspicious),
    };
  }
}

function advance(before: Known | undefined, held: Held): Known {
  if (held.cause === 'volume-gone' || held.cause === 'unavailable')
    return { verdict: before?.verdict, outage: held.cause };
  return { verdict: held, outage: undefined };
}

/** Whether to log a namespace: not an outage whose message differs, nor the verdict that was known before an outage. */
function isNews(before: Known | undefined, now: Known | undefined): boolean {
  if (now?.outage !== undefined) return before?.outage !== now.outage;
  return before?.verdict?.reason !== now?.verdict?.reason;
}

/** Whether a load rejected the file for the first time. An outage is no verdict. */
function isRejection(before: Known | undefined, { cause, hash, reason }: Held): boolean {
  if (cause === 'volume-gone' || cause === 'unavailable') return false;
  return before?.verdict?.hash !== hash || before?.verdict?.reason !== reason;
}

/** Notes in the status which namespaces are held back. Returns the same object if that is the same. */
export function markHeld(
  namespaces: Readonly<Record<string, NamespaceStatus>>,
  held: HeldBack | undefined,
  now: string,
): Readonly<Record<string, NamespaceStatus>> {
  const marked: Record<string, NamespaceStatus> = Object.create(null);
  let isSame = true;
  for (const [name, status] of Object.entries(namespaces)) {
    const reason = held?.namespaces.get(name)?.reason;
    marked[name] = status;
    if (reason === status.held?.reason) continue;
    isSame = false;
    marked[name] = { ...status, held: reason === undefined ? null : { since: status.held?.since ?? now, reason } };
  }
  return isSame ? namespaces : marked;
}
