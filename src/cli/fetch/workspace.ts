/** The temporary folders and processes of a command, and how all of them end at once. Runs in the command line. */
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

/** What a command has to take along when it ends. */
export class Workspace {
  readonly #folders = new Set<string>();
  readonly #groups = new Set<ChildProcess>();

  /** Does `work` with `folder`, which is removed afterwards. `work` tells of each process group that it starts. */
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

  /** Ends all processes, and removes all folders. */
  abandon(): void {
    for (const { pid } of this.#groups) if (pid !== undefined) kill(pid);
    for (const folder of this.#folders) remove(folder);
  }
}

/** Git and its helpers, which would go on writing into the folder that is being removed. */
function kill(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended in this moment.
  }
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 25 });
}
