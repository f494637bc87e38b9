/** Fetches from all repositories in parallel, and retries failed ones. Runs in the command line's main thread. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FetchError, type FetchedSchemas, fetchOnce } from './clone.js';
import type { RepositorySource } from './repositories.js';
import type { Workspace } from './workspace.js';

/** The maximum number of clones that run at the same time. */
const CONCURRENCY = 8;

/** The waits before the second, third and fourth attempt, in milliseconds. */
export const RETRY_WAITS: readonly number[] = [3_000, 6_000, 12_000];

/** Receives the progress. */
export interface FetchListener {
  /** `name` was cloned, at the commit `sha`. */
  onCloned(name: string, sha: string): void;
  /** Attempt number `attempt` failed; the next one follows in `wait` milliseconds. */
  onRetry(name: string, error: FetchError, attempt: number, wait: number): void;
  /** `name` is done, successfully or not. */
  onEnd(name: string): void;
}

/** The result for one repository. */
type FetchOutcome =
  | { readonly name: string; readonly schemas: FetchedSchemas }
  | { readonly name: string; readonly error: FetchError };

/** Fetches from all of `sources`, and returns the outcomes in the same order. */
export async function fetchAll(
  sources: readonly RepositorySource[],
  workspace: Workspace,
  listener: FetchListener,
  waits: readonly number[] = RETRY_WAITS,
): Promise<readonly FetchOutcome[]> {
  const outcomes: FetchOutcome[] = [];
  const queue = sources.entries();
  const work = async (): Promise<void> => {
    for (const [index, source] of queue) {
      outcomes[index] = await fetchOne(source, workspace, listener, waits);
      listener.onEnd(source.name);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return outcomes;
}

async function fetchOne(
  source: RepositorySource,
  workspace: Workspace,
  listener: FetchListener,
  waits: readonly number[],
): Promise<FetchOutcome> {
  const { name } = source;
  for (let attempt = 1; ; attempt++) {
    try {
      return { name, schemas: await fetchOnce(source, workspace, (sha) => listener.onCloned(name, sha)) };
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      const wait = waits[attempt - 1];
      if (error.isLasting || wait === undefined) return { name, error };
      listener.onRetry(name, error, attempt, wait);
      await sleep(wait);
    }
  }
}
