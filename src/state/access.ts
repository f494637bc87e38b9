/**
 * Decides whether a kept snapshot may be used: whoever can write to it decides what a start serves. Runs in the watcher
 * thread, and in the owner if it starts from such a file.
 */
import type { Stats } from 'node:fs';

/** Why the state directory cannot be used: a clause that names the path. */
export class StateError extends Error {
  override readonly name = 'StateError';
}

/** The permissions of the group and of others to write. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Checks that only this user can write to a file or folder. `stat` must be of the file itself, not of a link's target.
 *
 * @throws {StateError} if it is another kind of file, belongs to another user, or others may write to it
 */
export function checkAccess(path: string, stat: Stats, kind: 'file' | 'folder'): void {
  if (stat.isSymbolicLink()) throw new StateError(`${path} is a symbolic link; remove it`);
  if (!(kind === 'file' ? stat.isFile() : stat.isDirectory())) {
    throw new StateError(`${path} is not a ${kind}; remove it`);
  }
  const user = process.geteuid?.();
  // Windows has neither.
  if (user === undefined) return;
  if (stat.uid !== user) throw new StateError(`${path} belongs to user ${stat.uid}, not to user ${user}; remove it`);
  if ((stat.mode & WRITABLE_BY_OTHERS) !== 0) {
    throw new StateError(`other users may write to ${path} (mode ${formatMode(stat.mode)}); remove it`);
  }
}

/** Converts what an operation on the state directory threw. */
export function toStateError(path: string, error: unknown): StateError {
  if (error instanceof StateError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  // From O_NOFOLLOW.
  if (code === 'ELOOP') return new StateError(`${path} is a symbolic link; remove it`);
  return new StateError(`${path} cannot be used (${message})`, { cause: error });
}

/** Returns the warning about a directory that cannot be used. `problem`: a clause. */
export function describeProblem(problem: string): string {
  return `The last good values are not kept: ${problem}. A start with invalid values fails until they are.`;
}

function formatMode(mode: number): string {
  return `0${(mode & 0o7777).toString(8)}`;
}
