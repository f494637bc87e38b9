/**
 * Lets one of several processes that start together validate, while the others wait for what it finds. Runs in the owner,
 * while `init()` blocks. Only a help: whatever is wrong with the lock, a process validates for itself.
 *
 * The lock is a file, which only one process can create. It names its process, since one that is killed leaves it behind.
 */
import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { AwakeDeadline } from '../common/awake-deadline.js';
import { monotonicTime, sleepSync, wallTime } from '../common/host-time.js';
import type { Log } from '../common/log.js';
import { checkAccess } from './access.js';
import { lockFile, stateFolder } from './kept.js';
import { READ_FLAGS, readRegular } from './read.js';

/** How long a lock counts, if its process is alive. A start takes a fraction of this, unless the process is stopped. */
const MAX_HELD_MS = 5_000;
/** How long a lock counts, if nothing is known about its process: it may be in another container, or killed. */
const MAX_UNKNOWN_MS = 1_000;
const SLICE_MS = 5;
const MAX_LOCK_BYTES = 100;

/** Creates a new file, never opens one. Missing on Windows: O_NOFOLLOW. */
const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/**
 * Takes the lock for `key`; or waits, at most for half of `timeout` milliseconds, until the process that holds it has
 * released it. Logs a long wait that was in vain: nothing else says why the start took that time.
 *
 * @returns the path of the lock, to be released; undefined if this process does not hold it
 */
export function lockStart(directory: string, key: string, timeout: number, log: Log): string | undefined {
  const path = lockFile(directory, key);
  try {
    makeFolder(stateFolder(directory));
    if (take(path)) return path;
    if (!isHeld(path)) {
      // Left behind. If another process does the same at this moment, both validate.
      releaseStart(path);
      if (take(path)) return path;
    }
    const most = Math.min(MAX_HELD_MS, timeout / 2);
    const waited = awaitRelease(path, most);
    if (waited >= most / 2 && lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      log('start-delayed', describeWait(path, waited), { file: path });
    }
  } catch {
    // Such as a read-only file system. The watcher reports what keeps it from writing.
  }
  return undefined;
}

/** Releases a lock. */
export function releaseStart(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody has removed it, or it stays until it is too old.
  }
}

/** Waits as long as the lock is held, but no longer than `most` milliseconds. Returns how long that was. */
function awaitRelease(path: string, most: number): number {
  const startedAt = monotonicTime();
  const deadline = new AwakeDeadline(most);
  for (let slice = SLICE_MS; slice > 0 && isHeld(path); slice = deadline.nextSlice(SLICE_MS)) sleepSync(slice);
  return monotonicTime() - startedAt;
}

function describeWait(path: string, waited: number): string {
  return (
    `The start waited ${Math.round(waited)} ms for the process that holds ${path}, and now validates the files itself. ` +
    'Check whether that process, whose number is in the file, is stopped or has too little CPU time.'
  );
}

/** Makes the folder of this user's files. The watcher makes it, too, and reports problems. */
function makeFolder(folder: string): void {
  // step:make-folder
  try {
    mkdirSync(folder, 0o700);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  checkAccess(folder, lstatSync(folder), 'folder');
}

/** Creates the file of the lock, unless it exists. */
function take(path: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, CREATE_FLAGS, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    // step:lock
    writeSync(descriptor, describeSelf());
  } catch {
    // A full disk: without a process, the lock counts for a shorter time.
  } finally {
    closeSync(descriptor);
  }
  return true;
}

/** Whether a process holds the lock, as far as this one can know. */
function isHeld(path: string): boolean {
  let age = Number.POSITIVE_INFINITY;
  const bytes = readRegular(path, READ_FLAGS, (stat: Stats) => {
    checkAccess(path, stat, 'file');
    if (stat.size > MAX_LOCK_BYTES) throw new Error(path);
    // In both directions: somebody may have set the clock.
    age = Math.abs(wallTime() - stat.mtimeMs);
  });
  if (bytes === undefined) return false;
  const [space, id] = Buffer.from(bytes).toString('latin1').split(' ');
  if (space !== findProcessSpace()) return age < MAX_UNKNOWN_MS;
  return age < MAX_HELD_MS && isAlive(Number(id));
}

/** Describes this process for other ones: where its number means something, and its number. */
function describeSelf(): string {
  return `${findProcessSpace()} ${process.pid}`;
}

/** Identifies the processes among which numbers are unique: in each container, there is a process 1. */
function findProcessSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux.
    return process.platform;
  }
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
