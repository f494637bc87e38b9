/** Runs the published command line on a terminal, by the program `script` of util-linux. */
import { spawnSync } from 'node:child_process';
import { CLI } from './run-cli.js';

/** Whether the machine has the `script` of util-linux: other systems' takes other arguments. */
export function hasScript(): boolean {
  return spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true;
}

/** Runs `sentry-options ARGS` on a terminal without colors, and returns its exit code and what the terminal got. */
export function runOnTerminal(
  args: readonly string[],
  cwd: string,
): { readonly code: number | null; readonly screen: string } {
  const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  const command = [process.execPath, CLI, ...args].map(quote).join(' ');
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, NO_COLOR: '1', TERM: 'xterm', SHELL: '/bin/sh' };
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 55_000,
    // A terminal that reaches the end of its input echoes it.
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: status, screen: stdout.replaceAll('\r\n', '\n') };
}
