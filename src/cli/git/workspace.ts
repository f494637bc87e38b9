/**
 * Tracks the temporary folders and processes of a command, to end all of them at once. Runs in the command line's main
 * thread.
 */
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

/** The folders and processes that must not outlive the command. */
export class Workspace {
  readonly #folders = new Set<string>();
  readonly #groups = new Set<ChildProcess>();

  /** Calls `work`, then removes `folder`. */
  async use<T>(folder: string, work: () => Promise<T>): Promise<T> {
    this.#folders.add(folder);
    try {
      return await work();
    } finally {
      remove(folder);
      this.#folders.delete(folder);
    }
  }

  /** Adds a process that leads a process group, until it ends. */
  track(leader: ChildProcess): void {
    this.#groups.add(leader);
    leader.on('exit', () => this.#groups.delete(leader));
  }

  /**
   * Ends all processes, and removes all folders.
   *
   * @param signal `SIGTERM` lets git remove its locks from a repository that stays; only `SIGKILL` ends git before the
   *   folders are removed
   */
  abandon(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): void {
    for (const { pid } of this.#groups) killGroup(pid, signal);
    for (const folder of this.#folders) remove(folder);
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
