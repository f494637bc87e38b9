/** The command that starts git: a shell that limits itself, and its environment. Runs in the command line's main thread. */
import type { GitLimits } from './limits.js';

/**
 * The variables that git sets for its hooks: the hook's repository, its index, the objects that are being pushed. We
 * remove them, because a command works on the repository of its directory, or on one that it creates. The next ones
 * change the meaning of paths and objects. `GIT_CONFIG_*` stay, because CI passes credentials in them.
 */
const REMOVED_VARIABLES = [
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
  'GIT_DEFAULT_HASH',
  'GIT_GLOB_PATHSPECS',
  'GIT_ICASE_PATHSPECS',
  'GIT_LITERAL_PATHSPECS',
  'GIT_NOGLOB_PATHSPECS',
  'GIT_NO_LAZY_FETCH',
];

/** Settings that keep git's memory small, and keep everything from running that is not needed to read objects. */
export const SAFE_CONFIG: readonly string[] = [
  // Hooks are for work trees in which somebody works.
  'core.hooksPath=/dev/null',
  'gc.auto=0',
  'maintenance.auto=false',
  // Larger files are streamed, and not kept as a whole.
  'core.bigFileThreshold=1m',
  'core.deltaBaseCacheLimit=8m',
  'core.packedGitLimit=32m',
  'core.packedGitWindowSize=4m',
  'pack.threads=1',
  'pack.windowMemory=8m',
];

/**
 * Limits a process in the kernel, and then becomes git: a limit on memory in the kernel holds for every way to need
 * memory, such as a tiny delta that makes a huge object. A system that does not know a limit goes without it; a lower
 * limit of the user's stays.
 */
const LIMITED_GIT = `
  for limit in "-c 0" "-d $1" "-f $2"; do ulimit $limit 2>/dev/null; done
  # Git then reports a file that is too large, instead of ending without a word.
  trap "" XFSZ
  shift 2
  exec git "$@"
`;

/** The unit of `ulimit -d`, in bytes. */
const KIB = 1024;
/** The unit of `ulimit -f`, in bytes. */
const FILE_BLOCK = 512;
const MIB = 1024 * KIB;

/** What the command depends on. */
export interface CommandSettings {
  readonly limits: GitLimits;
  /** Configuration that takes precedence over the user's: `key=value`. */
  readonly config?: readonly string[];
  /** Variables that are added to those of this process, and take precedence. */
  readonly env?: Readonly<Record<string, string>>;
  /** The repository that git works on; that of the current directory if undefined. */
  readonly repository?: string;
}

/** Returns the arguments of a shell that limits itself and becomes git. */
export function makeArguments(
  args: readonly string[],
  { limits, config = SAFE_CONFIG, repository }: CommandSettings,
): string[] {
  const settings = config.flatMap((setting) => ['-c', setting]);
  const directory = repository === undefined ? [] : [`--git-dir=${repository}`];
  const numbers = [(limits.memory * MIB) / KIB, (limits.disk * MIB) / FILE_BLOCK].map((limit) => `${Math.ceil(limit)}`);
  return ['-c', LIMITED_GIT, 'sh', ...numbers, ...settings, ...directory, ...args];
}

/** Returns the variables of git: those of this process, without a hook's. */
export function makeEnvironment({ limits, env }: CommandSettings): NodeJS.ProcessEnv {
  const variables: NodeJS.ProcessEnv = {
    ...process.env,
    GIT_TERMINAL_PROMPT: '0',
    // The largest single piece of memory: an object, or the table of all objects, of 64 bytes each. Git itself
    // checks it, on every system.
    GIT_ALLOC_LIMIT: `${Math.ceil((limits.memory * 1024) / 2)}k`,
    // Git's own messages in English, whatever the user's language: we look for some of them.
    LANGUAGE: 'en',
    ...env,
  };
  for (const name of REMOVED_VARIABLES) delete variables[name];
  return variables;
}
