/** Runs the published command line, `dist/cli.js`, as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './run.js';

/** The file that npm links as `sentry-options`. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** The options of {@link runCli}. */
export interface RunCliOptions {
  readonly cwd?: string;
  /** Environment variables besides PATH and HOME. The process inherits no others from the test runner. */
  readonly env?: Readonly<Record<string, string>>;
  /** A limit of the process and its children, as `ulimit` takes it: `-n 24`. */
  readonly ulimit?: string;
  /** Called when the process has started. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs `sentry-options ARGS`, and resolves when it has ended. */
export async function runCli(
  args: readonly string[],
  { cwd, env = {}, ulimit, onStart }: RunCliOptions = {},
): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  const command = [process.execPath, CLI, ...args];
  const shell = ulimit === undefined ? [] : ['/bin/sh', '-c', `ulimit ${ulimit} && exec "$@"`, 'sh'];
  const [program = '', ...rest] = [...shell, ...command];
  const child = spawn(program, rest, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 55_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  onStart?.(child);
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
