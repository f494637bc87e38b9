/** Running git: without a shell, on the repository that it is told, and not on that of a hook. Runs in the command line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { CommandError } from '../terminal/errors.js';

/**
 * What git sets for its hooks: the repository that the hook runs for, its index, what is being pushed. A command means
 * the repository of its own directory, or one that it makes. `GIT_CONFIG_*` stay: by these CI hands over credentials.
 */
const OF_A_HOOK = [
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

/** What a call of git is given. */
interface GitOptions {
  /** Its directory; this process's own by default. */
  readonly cwd?: string;
  /** Its stdin; nothing by default. */
  readonly input?: string;
  /** Variables beside this process's own; those of {@link GitOptions} go first. */
  readonly env?: Readonly<Record<string, string>>;
  /** Makes git and all that it starts a process group, away from the terminal, and is called with its leader. */
  readonly onGroup?: (leader: ChildProcess) => void;
}

/** What came of a call of git. */
interface GitResult {
  readonly isOk: boolean;
  readonly stdout: Buffer;
  /** Git's own words, trimmed. */
  readonly stderr: string;
}

/**
 * Runs git with `args`, to its end. That git fails is a result.
 *
 * @throws {CommandError} where git cannot be run at all
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
  // Git that ends before it has read everything says why by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) => reject(new CommandError(`git cannot be run (${cause.message})`, { cause })));
    child.on('close', resolve);
  });
  return { isOk: code === 0, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString().trim() };
}

function environment(): NodeJS.ProcessEnv {
  const variables = { ...process.env };
  for (const name of OF_A_HOOK) delete variables[name];
  return variables;
}
