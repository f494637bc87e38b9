/** Runs a script as a child process and returns its exit code and output. */
import { type ChildProcess, spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = new URL('../fixtures/', import.meta.url);

/** How a script ended. `code` is null if a signal ended it. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options for running a script. */
export interface RunOptions {
  readonly arguments?: readonly string[];
  readonly nodeArguments?: readonly string[];
  readonly env?: Record<string, string>;
  /** Called for each line that the script prints. */
  readonly onLine?: (line: string, child: ChildProcess) => void;
}

/** Runs `test/fixtures/NAME`, or the script at a path, with the Node that runs the tests. Kills the script after 50 s. */
export async function runScript(name: string, options: RunOptions = {}): Promise<Outcome> {
  const path = isAbsolute(name) ? name : fileURLToPath(new URL(name, FIXTURES));
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), path, ...(options.arguments ?? [])], {
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  let line = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    const lines = (line + chunk).split('\n');
    line = lines.pop() ?? '';
    for (const whole of lines) options.onLine?.(whole, child);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...end) => resolve(end));
  });
  return { code, signal, stdout, stderr };
}

/** Returns an environment without the test runner's variables. */
function cleanEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  return { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) };
}
