/**
 * Runs git within limits of time, memory, disk and output, without the repository variables of a git hook. Runs in the
 * command line's main thread.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandSettings, makeArguments, makeEnvironment } from './command.js';
import {
  describeCallTimeout,
  describeDisk,
  describeTimeout,
  GitLimitError,
  GitStartError,
  throwIfLimited,
} from './errors.js';
import type { Deadline, GitLimits } from './limits.js';
import { Collector, Tail } from './output.js';
import { killGroup, type Workspace } from './workspace.js';

const MIB = 1024 * 1024;

/** The time that git gets to remove its locks, in milliseconds. */
export const GRACE = 2_000;
/** How long output is awaited after git has ended: a helper that stays, such as ssh's master, keeps the pipe open. */
const DRAIN = 1_000;
/** The interval at which the disk space is measured, in milliseconds. */
const MEASURE_INTERVAL = 250;

/** The largest output of a call, unless it sets another limit. */
const MAX_OUTPUT: OutputLimit = { maxBytes: MIB, what: 'the answer of git' };
/** How much of git's messages is kept, in bytes: the end, since git says last why it failed. */
const MAX_STDERR = 8 * 1024;

/** The settings of {@link Git}. */
interface GitSettings extends CommandSettings {
  readonly deadline: Deadline;
  /** Knows the processes, to end them on a signal. */
  readonly workspace: Workspace;
  /** Whether the server is a child of git on this machine, so that our limits are also the server's. */
  readonly hasOwnServer?: boolean;
}

/** The largest stdout of a call. */
interface OutputLimit {
  readonly maxBytes: number;
  /** What git prints, for messages. */
  readonly what: string;
}

/** The result of a call of git. */
interface GitResult {
  readonly isOk: boolean;
  readonly stdout: Buffer;
  /** The end of git's messages, trimmed. */
  readonly stderr: string;
}

/** Git, for one source: all calls share its limits. */
export class Git {
  readonly #settings: GitSettings;

  constructor(settings: GitSettings) {
    this.#settings = settings;
  }

  /** The limits of the source, also for what git returns. */
  get limits(): GitLimits {
    return this.#settings.limits;
  }

  /**
   * Runs git with `args`. If git fails, returns a result with `isOk` false.
   *
   * @param input the stdin
   * @throws {GitStartError} if git cannot be started
   * @throws {GitLimitError} if git exceeds a limit
   */
  async run(
    args: readonly string[],
    { input = '', output = MAX_OUTPUT }: { readonly input?: string; readonly output?: OutputLimit } = {},
  ): Promise<GitResult> {
    const { limits, deadline, repository } = this.#settings;
    const { left } = deadline;
    if (left === 0) throw describeTimeout(limits);
    const call = limits.callSeconds * 1_000;
    const child = this.#spawn(args);
    const stdout = new Collector(output.maxBytes);
    const stderr = new Tail(MAX_STDERR);
    // Why we ended git; undefined if it ended by itself.
    let reason: GitLimitError | undefined;
    const timers: NodeJS.Timeout[] = [];
    const end = (why: GitLimitError): void => {
      if (reason !== undefined) return;
      reason = why;
      killGroup(child.pid, 'SIGTERM');
      timers.push(setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE));
    };
    const timeout = left <= call ? describeTimeout(limits) : describeCallTimeout(limits);
    timers.push(setTimeout(() => end(timeout), Math.min(left, call)));
    if (repository !== undefined) {
      const measure = (): void => {
        if (measurePacks(repository) > limits.disk * MIB) end(describeDisk(limits));
      };
      timers.push(setInterval(measure, MEASURE_INTERVAL));
    }
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.on('error', (cause) => reject(GitStartError.from(cause)));
        // Without a descriptor left, there are no streams; the event `error` follows.
        if (child.pid === undefined || child.stdout === null || child.stderr === null) return;
        child.stdout.on('data', (chunk: Buffer) => {
          if (!stdout.add(chunk)) end(new GitLimitError(`${output.what} has more than ${output.maxBytes} bytes`));
        });
        child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
        // Ignored: if git ends before it has read all input, its exit code says why.
        child.stdin?.on('error', () => {});
        child.stdin?.end(input);
        child.on('exit', () => {
          const close = (): void => {
            child.stdout?.destroy();
            child.stderr?.destroy();
          };
          timers.push(setTimeout(close, DRAIN));
        });
        child.on('close', resolve);
      });
      if (reason !== undefined) throw reason;
      if (code === 126 || code === 127) {
        throw new GitStartError('it is not installed, or not in PATH. Install git', { isLasting: true });
      }
      const text = stderr.toString();
      if (code !== 0) throwIfLimited(text, this.#settings);
      return { isOk: code === 0, stdout: stdout.toBuffer(), stderr: text };
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  /**
   * Calls `work`, then deletes the ref `name`, whether or not it exists: also if a signal ends the command, and if the
   * deadline is over.
   */
  async deleteRefAfter<T>(name: string, work: () => Promise<T>): Promise<T> {
    const remove = (): void => {
      // If it fails, a ref stays that nobody reads: no reason to fail.
      spawnSync('/bin/sh', makeArguments(['update-ref', '-d', name], this.#settings), {
        env: makeEnvironment(this.#settings),
        stdio: 'ignore',
        timeout: GRACE,
      });
    };
    return await this.#settings.workspace.removeAfter(remove, work);
  }

  #spawn(args: readonly string[]): ChildProcess {
    const { workspace } = this.#settings;
    let child: ChildProcess;
    try {
      child = spawn('/bin/sh', makeArguments(args, this.#settings), {
        env: makeEnvironment(this.#settings),
        // A process group of its own: so we end git together with its helpers. It has no terminal, so none of them can
        // ask for a password and wait.
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      });
    } catch (cause) {
      throw GitStartError.from(cause as NodeJS.ErrnoException);
    }
    workspace.track(child);
    return child;
  }
}

/** Returns the size of a repository's packs, complete or not, in bytes. All that we fetch is in packs. */
function measurePacks(repository: string): number {
  const folder = join(repository, 'objects/pack');
  try {
    return readdirSync(folder).reduce((sum, name) => {
      return sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0);
    }, 0);
  } catch {
    // Not created yet, or no descriptor is left: the next measurement counts.
    return 0;
  }
}
