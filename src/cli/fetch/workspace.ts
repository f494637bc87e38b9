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

  /** Calls `work`, then removes `folder`. `work` must call `onGroup` for each process group that it starts. */
  async use<T>(folder: string, work: (onGroup: (leader: ChildProcess) => void) => Promise<T>): Promise<T> {
    this.#folders.add(folder);
    try {
      return await work((leader) => {
        this.#groups.add(leader);
        leader.on('exit', () => this.#groups.delete(leader));
      });
    } finally {
      remove(folder);
      this.#folders.delete(folder);
    }
  }

  /** Kills all processes, and removes all folders. */
  abandon(): void {
    for (const { pid } of this.#groups) if (pid !== undefined) kill(pid);
    for (const folder of this.#folders) remove(folder);
  }
}

/** Kills git and its helpers, which would otherwise write into the folder while we remove it. */
function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // The group has just ended.
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
}
