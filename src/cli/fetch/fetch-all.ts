/** Fetches from all repositories in parallel, and retries failed ones. Runs in the command line's main thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Deadline, type GitLimits } from '../git/limits.js';
import type { Workspace } from '../git/workspace.js';
import { FetchError, type FetchedSchemas, fetchOnce } from './clone.js';
import type { RepositorySource } from './repositories.js';

/** The maximum number of clones that run at the same time. */
const CONCURRENCY = 8;

/** The waits before the second, third and fourth attempt, in milliseconds. */
export const RETRY_WAITS: readonly number[] = [3_000, 6_000, 12_000];

/** Receives the progress. */
export interface FetchListener {
  /** `name` was cloned, at the commit `sha`. */
  onCloned(name: string, sha: string): void;
  /** `file` of the repository `name` is not a schema, for the reason `why`. */
  onSkipped(name: string, file: string, why: string): void;
  /** The schemas of `name` were fetched. Not kept here: those of all repositories may need too much memory. */
  onFetched(name: string, schemas: FetchedSchemas): void;
  /** Attempt number `attempt` failed; the next one follows in `wait` milliseconds. */
  onRetry(name: string, error: FetchError, attempt: number, wait: number): void;
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
  const cloneListener = {
    onCloned: (sha: string) => listener.onCloned(name, sha),
    onSkipped: (file: string, why: string) => listener.onSkipped(name, file, why),
  };
  for (let attempt = 1; ; attempt++) {
    try {
      listener.onFetched(name, await fetchOnce(source, { workspace, limits, deadline }, cloneListener));
      return undefined;
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      const wait = waits[attempt - 1];
      if (error.isLasting || wait === undefined || wait >= deadline.left) return error;
      listener.onRetry(name, error, attempt, wait);
      await sleep(wait);
    }
  }
}
