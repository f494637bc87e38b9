/** Runs a script from a shell, for what only a shell can set up: limits, closed descriptors. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './run.js';

const FIXTURES = new URL('../fixtures/', import.meta.url);

/**
 * Runs `test/fixtures/NAME` with the Node that runs the tests, by the shell command `command`, in which `"$@"` stands
 * for the script: `exec "$@" 2>&-`.
 */
export async function runInShell(
  command: string,
  name: string,
  { directory, arguments: args = [] }: { directory: string; arguments?: readonly string[] },
): Promise<Outcome> {
  const path = fileURLToPath(new URL(name, FIXTURES));
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn('sh', ['-c', command, 'sh', process.execPath, path, ...args], {
    env: { PATH, HOME, SENTRY_OPTIONS_DIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
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
  return await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
