/**
 * Tracks the temporary folders, refs and processes of a command, to end all of them at once. Runs in the command line's main
 * thread.
 */
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

/** What must not outlive the command: folders, other traces, and processes. */
export class Workspace {
  readonly #removals = new Set<() => void>();
  readonly #groups = new Set<ChildProcess>();

  /** Calls `work`, then removes `folder`. */
  async use<T>(folder: string, work: () => Promise<T>): Promise<T> {
    return await this.removeAfter(() => remove(folder), work);
  }

  /** Calls `work`, then `removal`: synchronous, since the process ends after {@link abandon}. */
  async removeAfter<T>(removal: () => void, work: () => Promise<T>): Promise<T> {
    this.#removals.add(removal);
    try {
      return await work();
    } finally {
      removal();
      this.#removals.delete(removal);
    }
  }

  /** Adds a process that leads a process group, until it ends. */
  track(leader: ChildProcess): void {
    this.#groups.add(leader);
    leader.on('exit', () => this.#groups.delete(leader));
  }

  /**
   * Ends all processes, and removes all folders and refs.
   *
   * @param signal `SIGTERM` lets git remove its locks from a repository that stays; only `SIGKILL` ends git before the
   *   folders are removed
   */
  abandon(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
    for (const { pid } of this.#groups) killGroup(pid, signal);
    for (const removal of this.#removals) removal();
  }
}

/** Sends `signal` to git and its helpers. */
export function killGroup(leader: number | undefined, signal: NodeJS.Signals): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, signal);
  } catch {
    // The group has just ended.
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
}
