/**
 * Runs git, without a shell and without the repository variables of a git hook. Runs in the command line's main thread.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { CommandError } from '../terminal/errors.js';

/**
 * The variables that git sets for its hooks: the hook's repository, its index, the objects that are being pushed. We
 * remove them, because a command works on the repository of its directory, or on one that it creates. `GIT_CONFIG_*`
 * stay, because CI passes credentials in them.
 */
const HOOK_VARIABLES = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
];

/** The options of a call of git. */
interface GitOptions {
  /** The working directory (default: that of this process). */
  readonly cwd?: string;
  /** The stdin (default: empty). */
  readonly input?: string;
  /** Variables that are added to those of this process, and take precedence. */
  readonly env?: Readonly<Record<string, string>>;
  /** If set, git and its children run in a process group of their own; called with the leader of the group. */
  readonly onGroup?: (leader: ChildProcess) => void;
}

/** The result of a call of git. */
interface GitResult {
  readonly isOk: boolean;
  readonly stdout: Buffer;
  /** Git's message, trimmed. */
  readonly stderr: string;
}

/**
 * Runs git with `args`. If git fails, returns a result with `isOk` false.
 *
 * @throws {CommandError} if git cannot be started
 */
export async function git(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const { cwd, input = '', env, onGroup } = options;
  const child = spawn('git', args, {
    cwd,
    env: { ...environment(), ...env },
    detached: onGroup !== undefined,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onGroup?.(child);
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // Ignored: if git ends before it has read all input, its exit code says why.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) => reject(new CommandError(`cannot run git (${cause.message})`, { cause })));
    child.on('close', resolve);
  });
  return { isOk: code === 0, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString().trim() };
}

function environment(): NodeJS.ProcessEnv {
  const variables = { ...process.env };
  for (const name of HOOK_VARIABLES) delete variables[name];
  return variables;
}
