/** Fetches from all repositories in parallel, and retries failed ones. Runs in the command line's main thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline, type GitLimits } from '../git/limits.js';
import type { Workspace } from '../git/workspace.js';
import { type Fetched, fetchOnce } from './clone.js';
import { FetchError } from './fetch-error.js';
import type { RepositorySource } from './repositories.js';

/** The maximum number of clones that run at the same time. */
const CONCURRENCY = 8;

/** The waits before the second, third and fourth attempt, in milliseconds. */
export const RETRY_WAITS: readonly number[] = [3_000, 6_000, 12_000];

/** The limits that differ from the usual ones: there is time for all attempts, if each hangs in one call of git. */
export const FETCH_LIMITS = { seconds: 180, callSeconds: 30 } as const satisfies Partial<GitLimits>;

/** An attempt that has ended. */
export interface Attempt {
  /** The repository. */
  readonly name: string;
  /** The number of attempts before it. */
  readonly attempt: number;
  /** How long it took, in milliseconds. */
  readonly elapsed: number;
}

/** Receives the progress. */
export interface FetchListener {
  /** `file` of the repository `name` is not a schema, for the reason `why`. */
  onSkipped(name: string, file: string, why: string): void;
  /** An attempt succeeded. Its schemas are not kept here: those of all repositories may need too much memory. */
  onFetched(attempt: Attempt, fetched: Fetched): void;
  /** An attempt failed; the next one follows in `wait` milliseconds, or none if undefined. */
  onFailed(attempt: Attempt, error: FetchError, wait: number | undefined): void;
  /** `name` is done, successfully or not. */
  onEnd(name: string): void;
}

/** How sources are fetched. */
interface FetchSettings {
  readonly workspace: Workspace;
  /** The limits for each source, all attempts together. */
  readonly limits: GitLimits;
  /** The waits between attempts, in milliseconds (default: {@link RETRY_WAITS}). */
  readonly waits?: readonly number[];
}

/** Fetches from all of `sources`, and returns the errors by name, in the order of `sources`. */
export async function fetchAll(
  sources: readonly RepositorySource[],
  settings: FetchSettings,
  listener: FetchListener,
): Promise<ReadonlyMap<string, FetchError>> {
  const errors: (readonly [string, FetchError])[] = [];
  const queue = sources.entries();
  const work = async (): Promise<void> => {
    for (const [index, source] of queue) {
      const error = await fetchOne(source, settings, listener);
      if (error !== undefined) errors[index] = [source.name, error];
      listener.onEnd(source.name);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return new Map(errors.filter((entry) => entry !== undefined));
}

/** Returns the error of the last attempt; undefined if an attempt succeeded. */
async function fetchOne(
  source: RepositorySource,
  { workspace, limits, waits = RETRY_WAITS }: FetchSettings,
  listener: FetchListener,
): Promise<FetchError | undefined> {
  const { name } = source;
  const deadline = new Deadline(limits.seconds);
  const onSkipped = (file: string, why: string): void => listener.onSkipped(name, file, why);
  for (let attempt = 0; ; attempt++) {
    const begin = performance.now();
    const end = (): Attempt => ({ name, attempt, elapsed: Math.round(performance.now() - begin) });
    try {
      const fetched = await fetchOnce(source, { workspace, limits, deadline }, onSkipped);
      listener.onFetched(end(), fetched);
      return undefined;
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      const next = waits[attempt];
      const wait = error.isLasting || next === undefined || next >= deadline.left ? undefined : next;
      listener.onFailed(end(), error, wait);
      if (wait === undefined) return error;
      await sleep(wait);
    }
  }
}
