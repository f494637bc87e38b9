/** Runs kubectl, with limits on its time and output. Runs in the command line's main thread. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { formatText, truncate } from '../../common/text.js';
import { AnswerError, type Check, readAnswer } from '../remote/parse.js';
import { CommandError } from '../terminal/errors.js';

/** The time of one command, in milliseconds. */
const TIMEOUT = 30_000;
/** The largest output, in bytes: a few thousand pods. */
const MAX_OUTPUT = 64 * 2 ** 20;
/** The most characters of an error that a message quotes. */
const MAX_SHOWN = 300;

/** Which cluster namespace kubectl uses; undefined for that of its context. */
export type ClusterNamespace = string | undefined;

/** kubectl failed. The message is what it printed. */
export class KubectlError extends CommandError {
  override readonly name = 'KubectlError';
}

/**
 * Runs kubectl and returns what it prints, which must be JSON that passes `check`.
 *
 * @param timeout milliseconds
 * @throws {KubectlError} if kubectl is missing or fails, prints something else, or exceeds a limit
 */
export async function runKubectl<T>(
  args: readonly string[],
  namespace: ClusterNamespace,
  check: Check<T>,
  timeout = TIMEOUT,
): Promise<T> {
  const output = await new Promise<Buffer>((resolve, reject) => {
    const options = { encoding: 'buffer', maxBuffer: MAX_OUTPUT, timeout, killSignal: 'SIGKILL' } as const;
    const child = execFile('kubectl', withNamespace(args, namespace), options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(describe(args, error, stderr.toString(), timeout));
    });
    child.stdin?.end();
  });
  try {
    return readAnswer(output, check);
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    throw new KubectlError(
      `${nameOf(args)} does not print what this version of sentry-options expects: ${formatText(error.message)}`,
      {
        cause: error,
      },
    );
  }
}

/** A port of a pod, forwarded to this machine until it is closed. */
export interface ForwardedPort {
  readonly port: number;
  close(): void;
}

/**
 * Forwards a port of this machine to `port` of a pod.
 *
 * @param timeout milliseconds
 * @throws {KubectlError} if kubectl cannot do so
 */
export async function forwardPort(
  pod: string,
  port: number,
  namespace: ClusterNamespace,
  timeout = TIMEOUT,
): Promise<ForwardedPort> {
  const args = ['port-forward', `pod/${pod}`, `:${port}`, '--address=127.0.0.1'];
  const child = spawn('kubectl', withNamespace(args, namespace), {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    killSignal: 'SIGKILL',
  });
  const close = (): void => void child.kill('SIGKILL');
  try {
    return { port: await readPort(child, args, timeout), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Resolves with the port that kubectl prints: `Forwarding from 127.0.0.1:41231 -> 9300`. */
async function readPort(child: ChildProcess, args: readonly string[], timeout: number): Promise<number> {
  return await new Promise((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout = (stdout + chunk).slice(0, MAX_SHOWN);
      const [, port] = /127\.0\.0\.1:(\d{1,5}) /.exec(stdout) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk).slice(-MAX_SHOWN);
    });
    child.on('error', (error) => reject(describe(args, error, stderr, timeout)));
    // Killed by the limit of time.
    child.on('close', () => reject(describe(args, child.killed ? { killed: true } : undefined, stderr, timeout)));
  });
}

function withNamespace(args: readonly string[], namespace: ClusterNamespace): readonly string[] {
  return namespace === undefined ? args : [`--namespace=${namespace}`, ...args];
}

/** What `execFile` and `spawn` report. */
interface Failure {
  readonly code?: string | number | null | undefined;
  readonly killed?: boolean | undefined;
  readonly message?: string;
}

function describe(args: readonly string[], error: Failure | undefined, stderr: string, timeout: number): KubectlError {
  const { code, killed } = error ?? {};
  if (code === 'ENOENT') return new KubectlError('kubectl is not on PATH; install it', { cause: error });
  const printed = stderr.trim().split('\n').at(-1) ?? '';
  let why = printed || (error?.message ?? 'it ended');
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') why = `it printed more than ${MAX_OUTPUT} bytes`;
  else if (killed === true) why = `it did not answer within ${timeout / 1_000} s`;
  return new KubectlError(`${nameOf(args)}: ${truncate(why, MAX_SHOWN)}`, { cause: error });
}

/** The command without its options, for messages. */
function nameOf(args: readonly string[]): string {
  return `kubectl ${args.slice(0, 2).join(' ')}`;
}
