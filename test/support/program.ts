/** Runs a program beside a test and collects its output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A running program, killed with all its child processes when the test ends. */
export class Program {
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly child: ChildProcess;
  readonly #events = new EventEmitter();
  readonly #closed: Promise<readonly [number | null, NodeJS.Signals | null]>;
  #isClosed = false;

  constructor(
    command: string,
    args: readonly string[],
    { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  ) {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    for (const [stream, lines] of [
      [child.stdout, this.stdout],
      [child.stderr, this.stderr],
    ] as const) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        this.#events.emit('news');
      });
    }
    this.#closed = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.#isClosed = true;
        this.#events.emit('news');
        resolve([code, signal]);
      });
    });
    // The process group holds the program and its child processes.
    onTestFinished(() => void (this.#isClosed || process.kill(-(child.pid as number), 'SIGKILL')));
  }

  /** Resolves at the line that makes `isReached()` true. Rejects if the program ends before. */
  async until(isReached: () => boolean): Promise<void> {
    while (!isReached()) {
      if (this.#isClosed) throw new Error(`The program ended:\n${[...this.stdout, ...this.stderr].join('\n')}`);
      await once(this.#events, 'news');
    }
  }

  /** Resolves with the exit code and signal when the program ends. */
  closed(): Promise<readonly [number | null, NodeJS.Signals | null]> {
    return this.#closed;
  }
}
