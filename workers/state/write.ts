/**
 * Writes the file of a kept snapshot. Runs in the watcher thread. Whatever ends the process, at any step, the file holds
 * what it held before or what is written, whole:
 *
 * - The content goes into a temporary file in the same folder, which is synced before it is renamed over the file.
 * - The folder is synced, so that the new name survives a crash of the machine.
 *
 * All operations are asynchronous, unlike those on values files: a slow disk must not delay a poll. There is at most one at
 * a time, so a directory that hangs holds one thread of libuv's pool.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { wallTime } from '../../src/common/host-time.js';
import { checkAccess } from '../../src/state/access.js';
import {
  type KeptSnapshot,
  LOCK_SUFFIX,
  STATE_SUFFIX,
  stateFile,
  stateFolder,
  VALIDATED_SUFFIX,
  validatedFile,
} from '../../src/state/kept.js';
import { checkSize, makeMissing, READ_FLAGS, verify } from '../../src/state/read.js';
import {
  close,
  fstat,
  fsync,
  futimes,
  lstat,
  mkdir,
  open,
  readdir,
  readWhole,
  rename,
  stat,
  unlink,
  writeWhole,
} from './files.js';

/** How many files of snapshots the folder may hold: one for each set of schemas, directory and version in use. */
const MAX_FILES = 32;
/** A temporary file of this age was left by a process that died: a write takes milliseconds, and a trial 15 seconds. */
const STALE_MS = 600_000;
const TEMPORARY_SUFFIX = '.tmp';

/** Creates a new file, never opens one. Missing on Windows: O_NOFOLLOW. */
const CREATE_FLAGS =
  constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | ((constants.O_NOFOLLOW as number | undefined) ?? 0);

/**
 * Reads the snapshot that is kept for `key`; undefined if there is none.
 *
 * @throws {StateError} if the file is damaged, or may be another user's; or what the system throws
 */
export async function readKeptAsync(directory: string, key: string): Promise<KeptSnapshot | undefined> {
  const path = stateFile(directory, key);
  const descriptor = await open(path, READ_FLAGS).catch(ignoreMissing);
  if (descriptor === undefined) return undefined;
  try {
    const stats = await fstat(descriptor);
    checkAccess(path, stats, 'file');
    checkSize(path, stats.size);
    const kept = verify(path, await readWhole(descriptor, stats.size), key);
    // The folder drops the files that were not in use for the longest time.
    const now = new Date(wallTime());
    await futimes(descriptor, now, now).catch(ignore);
    return kept;
  } finally {
    await close(descriptor);
  }
}

/**
 * Makes the folder of this user's files, if it does not exist, and checks it.
 *
 * @throws {StateError} if the directory does not exist, or the folder may be another user's; or what the system throws
 */
export async function prepareFolder(directory: string): Promise<void> {
  const folder = stateFolder(directory);
  let stats = await find(folder);
  if (stats === undefined) {
    if ((await stat(directory).catch(ignoreMissing)) === undefined) throw makeMissing(directory);
    // step:make-folder
    // Another process may be faster.
    await mkdir(folder, 0o700).catch(ignoreExisting);
    stats = await lstat(folder);
  }
  checkAccess(folder, stats, 'folder');
}

/**
 * Writes the last good values for `key` anew, and removes files that nobody needs. The folder exists. Throws what the
 * system throws; the file is unchanged then.
 */
export async function writeKept(directory: string, key: string, content: readonly Uint8Array[]): Promise<void> {
  const folder = stateFolder(directory);
  await replaceFile(stateFile(directory, key), content, { isSynced: true });
  // step:sync-folder
  await syncFolder(folder);
  // step:clean
  // The values of this file, or former ones.
  await unlink(validatedFile(directory, key)).catch(ignoreMissing);
  await clean(folder, basename(stateFile(directory, key)));
}

/**
 * Writes a file anew, in a folder that exists. Throws what the system throws; the file is unchanged then.
 *
 * @param isSynced whether the file must be whole after a crash of the machine, too
 */
export async function replaceFile(
  path: string,
  content: readonly Uint8Array[],
  { isSynced }: { isSynced: boolean },
): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}${TEMPORARY_SUFFIX}`;
  // step:create
  const descriptor = await open(temporary, CREATE_FLAGS, 0o600);
  try {
    try {
      for (const piece of content) {
        // step:write
        await writeWhole(descriptor, piece);
      }
      // step:sync
      // Before the rename: otherwise, a crash of the machine may leave the new name with an empty file.
      if (isSynced) await fsync(descriptor);
    } finally {
      await close(descriptor);
    }
    // step:rename
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(ignore);
    throw error;
  }
}

/** Some systems cannot sync a folder; the file is whole all the same. */
async function syncFolder(folder: string): Promise<void> {
  const descriptor = await open(folder, constants.O_RDONLY).catch(ignore);
  if (descriptor === undefined) return;
  await fsync(descriptor).catch(ignore);
  await close(descriptor);
}

/** Removes what processes that died have left behind, and the files that were not in use for the longest time. */
async function clean(folder: string, own: string): Promise<void> {
  const files: { readonly path: string; readonly mtimeMs: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = await find(path);
    if (stats === undefined || name === own) continue;
    if (name.endsWith(STATE_SUFFIX)) files.push({ path, mtimeMs: stats.mtimeMs });
    else if (isTemporary(name) && wallTime() - stats.mtimeMs > STALE_MS) await unlink(path).catch(ignore);
  }
  files.sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const { path } of files.slice(MAX_FILES - 1)) await unlink(path).catch(ignore);
}

function isTemporary(name: string): boolean {
  return [TEMPORARY_SUFFIX, VALIDATED_SUFFIX, LOCK_SUFFIX].some((suffix) => name.endsWith(suffix));
}

async function find(path: string): Promise<Stats | undefined> {
  return await lstat(path).catch(ignoreMissing);
}

function ignore(): undefined {}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function ignoreExisting(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EEXIST') throw error;
}
