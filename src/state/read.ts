/** Reads a kept snapshot. Runs in the watcher thread, and in the owner if it starts from such a file. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { checkAccess, StateError, toStateError } from './access.js';
import { decodeState, type KeptSnapshot, MAX_STATE_BYTES, stateFolder } from './kept.js';

/** Missing on Windows. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** Opens the file itself, not the target of a link. O_NONBLOCK: opening a FIFO would block the thread for ever. */
export const READ_FLAGS = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0);

/**
 * Reads the snapshot for `key` from the file at `path`, in the folder of `directory`; undefined if there is none.
 *
 * @throws {StateError} if the directory or the file cannot be used, or the file is damaged
 */
export function readKept(directory: string, path: string, key: string): KeptSnapshot | undefined {
  const folder = stateFolder(directory);
  try {
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (stat === undefined) {
      // The watcher makes the folder, but not the directory.
      if (statSync(directory, { throwIfNoEntry: false }) === undefined) throw makeMissing(directory);
      return undefined;
    }
    checkAccess(folder, stat, 'folder');
    const bytes = readRegular(path, READ_FLAGS, (stat) => {
      checkAccess(path, stat, 'file');
      checkSize(path, stat.size);
    });
    return bytes && verify(path, bytes, key);
  } catch (error) {
    throw toStateError(path, error);
  }
}

/** Verifies the content of the file at `path`. @throws {StateError} if it is damaged */
export function verify(path: string, bytes: Uint8Array, key: string): KeptSnapshot {
  const kept = decodeState(bytes, key);
  if (typeof kept === 'string') throw new StateError(`${path} is damaged (${kept}); the next write replaces it`);
  return kept;
}

export function makeMissing(directory: string): StateError {
  return new StateError(`${directory} does not exist; create it`);
}

/**
 * Reads a file as large as `fstat` says; undefined if there is none. Calls `check` before it reads, which may throw. The
 * caller verifies the bytes: the file may change meanwhile.
 */
export function readRegular(path: string, flags: number, check: (stat: Stats) => void): Uint8Array | undefined {
  const descriptor = open(path, flags);
  if (descriptor === undefined) return undefined;
  try {
    const stat = fstatSync(descriptor);
    check(stat);
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const count = readSync(descriptor, bytes, length, bytes.length - length, length);
      // Shorter than it was: the checksum reveals it.
      if (count === 0) break;
      length += count;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** @throws {StateError} if the file is larger than any that the watcher writes */
export function checkSize(path: string, size: number): void {
  if (size > MAX_STATE_BYTES) throw new StateError(`${path} is damaged (it is too large); remove it`);
}

function open(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
