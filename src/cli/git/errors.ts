/** The errors of git: it cannot be started, or exceeded a limit. Pure. */
import { CommandError } from '../terminal/errors.js';
import { type GitLimits, LIMIT_VARIABLES } from './limits.js';

/** Git cannot be started. */
export class GitStartError extends CommandError {
  override readonly name = 'GitStartError';
  /** Whether another attempt would fail in the same way. */
  readonly isLasting: boolean;

  constructor(reason: string, { isLasting, cause }: { readonly isLasting: boolean; readonly cause?: unknown }) {
    super(`cannot run git: ${reason}`, { cause });
    this.isLasting = isLasting;
  }

  /** An error of the system, which may be over soon. */
  static from(cause: NodeJS.ErrnoException): GitStartError {
    const isFiles = cause.code === 'EMFILE' || cause.code === 'ENFILE';
    const hint = isFiles ? `no file descriptor is left (${cause.code}). Raise \`ulimit -n\`` : cause.message;
    return new GitStartError(hint, { isLasting: false, cause });
  }
}

/** A call of git exceeded a limit. The message says which one, and how to change it. */
export class GitLimitError extends CommandError {
  override readonly name = 'GitLimitError';
  /** Whether another attempt would fail in the same way. */
  readonly isLasting: boolean;

  constructor(message: string, { isLasting = true }: { readonly isLasting?: boolean } = {}) {
    super(message);
    this.isLasting = isLasting;
  }
}

/** All calls for the source took too long. */
export function describeTimeout({ seconds }: GitLimits): GitLimitError {
  return new GitLimitError(
    `git did not finish within ${seconds} s. Check the network and the server; if they are only slow, ` +
      `raise ${LIMIT_VARIABLES.seconds} (seconds)`,
  );
}

/** One call took too long. Not lasting: a server that hangs may answer the next call. */
export function describeCallTimeout({ callSeconds }: GitLimits): GitLimitError {
  return new GitLimitError(
    `a call of git did not finish within ${callSeconds} s. Check the network and the server; if they are only slow, ` +
      `raise ${LIMIT_VARIABLES.callSeconds} (seconds)`,
    { isLasting: false },
  );
}

/** A call needs too much memory. */
function describeMemory({ memory }: GitLimits): GitLimitError {
  return new GitLimitError(
    `git needs more than ${memory} MiB of memory for this repository. If you trust the repository, ` +
      `raise ${LIMIT_VARIABLES.memory} (MiB)`,
  );
}

/** A call fills too much of the disk. */
export function describeDisk({ disk }: GitLimits): GitLimitError {
  return new GitLimitError(
    `git needs more than ${disk} MiB of disk space for this repository. If you trust the repository, ` +
      `raise ${LIMIT_VARIABLES.disk} (MiB)`,
  );
}

/**
 * Finds a limit of the kernel or of git in git's own messages. Those of a server begin with `remote:`; they count only
 * if the server has our limits.
 *
 * @throws {GitLimitError} if git exceeded a limit
 */
export function throwIfLimited(
  stderr: string,
  { limits, hasOwnServer = false }: { readonly limits: GitLimits; readonly hasOwnServer?: boolean },
): void {
  const messages = hasOwnServer ? stderr.replaceAll(/^remote: /gm, '') : stderr;
  if (/^(?:fatal|error): .*(?:attempting to allocate|out of memory|cannot allocate memory)/im.test(messages)) {
    throw describeMemory(limits);
  }
  if (/^(?:fatal|error): .*file too large/im.test(messages)) throw describeDisk(limits);
}
