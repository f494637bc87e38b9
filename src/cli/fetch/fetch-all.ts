/** Fetching from all repositories: side by side, and again where one fails. Runs in the command line. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FetchError, type FetchedSchemas, fetchOnce } from './clone.js';
import type { RepositorySource } from './repositories.js';
import type { Workspace } from './workspace.js';

/** So many clones run at a time. */
const CONCURRENCY = 8;

/** Milliseconds before the second, third and fourth attempt. */
export const RETRY_WAITS: readonly number[] = [3_000, 6_000, 12_000];

/** What is told while it goes on. */
export interface FetchListener {
  /** The clone of `name` is there, at the commit `sha`. */
  onCloned(name: string, sha: string): void;
  /** An attempt failed, and there will be another one. */
  onRetry(name: string, error: FetchError, attempt: number, wait: number): void;
  /** Nothing more is done for `name`. */
  onEnd(name: string): void;
}

/** What came of one repository. */
type FetchOutcome =
  | { readonly name: string; readonly schemas: FetchedSchemas }
  | { readonly name: string; readonly error: FetchError };

/** Fetches from all of `sources`; the outcomes are in their order. */
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
