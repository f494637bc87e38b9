/** Running the command line as it is published: `dist/cli.js`, a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './run.js';

/** The file that npm links as `sentry-options`. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** What the command line is run with. */
export interface RunCliOptions {
  readonly cwd?: string;
  /** Beside PATH and HOME; nothing of the test runner's reaches the process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called once it runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs `sentry-options ARGS` to its end. */
export async function runCli(
  args: readonly string[],
  { cwd, env = {}, onStart }: RunCliOptions = {},
): Promise<Outcome> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [CLI, ...args], {
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
