/**
 * Writes files atomically: to a temporary file in the same directory, then by a rename. Writes in place what cannot be
 * replaced, such as a file that is a mount point. Runs in the command line's main thread.
 */
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandError } from './errors.js';
import { withCleanUp } from './interrupt.js';
import type { Output } from './output.js';

/** A file that is written by a rename. */
interface Staged {
  readonly temporary: string;
  /** The file that the rename replaces: the target if the path is a link. */
  readonly target: string;
}

/**
 * Writes files, and creates their directories. It writes all temporary files before it renames the first one, so that
 * an error or a signal leaves either all files as they were, or all of them new.
 *
 * A file that exists and cannot be replaced is written in place, with a warning: a mount point, as container engines
 * make of a single file; a directory that permits no new files; another device.
 *
 * @param texts contents by path
 * @throws {CommandError} if a file cannot be written; the message names the file
 */
export async function writeFiles(texts: ReadonlyMap<string, string | Uint8Array>, output: Output): Promise<void> {
  /** The files to rename, by path. */
  const staged = new Map<string, Staged>();
  const cleanUp = (): void => {
    for (const { temporary } of staged.values()) rmSync(temporary, { force: true });
  };
  const writeInPlace = (path: string, reason: Error): void => {
    overwrite(path, texts.get(path) as string | Uint8Array);
    output.warn(
      `${path} was written in place, because it cannot be replaced (${reason.message}): ` +
        'a process that read it meanwhile may have seen a part of it',
    );
  };
  await withCleanUp(cleanUp, () => {
    try {
      const fixed = new Map<string, Error>();
      for (const [path, text] of texts) {
        attempt(path, () => {
          try {
            stage(path, text, staged);
          } catch (error) {
            if (!isFixed(path, error)) throw error;
            rmSync(staged.get(path)?.temporary ?? '', { force: true });
            staged.delete(path);
            fixed.set(path, error);
          }
        });
      }
      // First, because the disk may be full: then the files that are renamed stay as they were.
      for (const [path, reason] of fixed) attempt(path, () => writeInPlace(path, reason));
      for (const [path, { temporary, target }] of staged) {
        attempt(path, () => {
          try {
            renameSync(temporary, target);
          } catch (error) {
            if (!isFixed(path, error)) throw error;
            writeInPlace(path, error);
            rmSync(temporary);
          }
        });
      }
      staged.clear();
    } finally {
      cleanUp();
    }
  });
}

/** Returns a directory's path without a slash at its end. Empty: the current directory. */
export function toDirectory(path: string): string {
  return path === '' ? '.' : path.replace(/(?<=.)\/$/, '');
}

/**
 * Creates a directory and its parents, unless it exists.
 *
 * @throws {CommandError} if it cannot be created
 */
export function makeDirectory(path: string): void {
  attempt(path, () => {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === false) throw new Error('is not a directory');
    mkdirSync(path, { recursive: true });
  });
}

function stage(path: string, text: string | Uint8Array, staged: Map<string, Staged>): void {
  makeDirectory(dirname(path));
  const known = statSync(path, { throwIfNoEntry: false });
  if (known?.isDirectory()) throw new Error('is a directory');
  const isLinkToNowhere = known === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isLinkToNowhere || (known !== undefined && !known.isFile())) {
    // A pipe or a device, such as /dev/stdout, cannot be replaced by a rename.
    writeFileSync(path, text);
    return;
  }
  // Writes to the target of a link, as a write without a rename would.
  const target = known === undefined ? path : realpathSync(path);
  // Not with the name of the file, which may be as long as a name can be.
  const temporary = join(dirname(target), `.sentry-options-${randomUUID()}.tmp`);
  staged.set(path, { temporary, target });
  writeFileSync(temporary, text, { flag: 'wx' });
  if (known !== undefined) chmodSync(temporary, known.mode & 0o7777);
}

/** The codes of errors that forbid to replace a file, but perhaps not to write to it. */
const FIXED: readonly unknown[] = ['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS'];

/** Whether `error` says that the file at `path`, which exists, cannot be replaced. */
function isFixed(path: string, error: unknown): error is Error {
  const { code } = error as NodeJS.ErrnoException;
  return FIXED.includes(code) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Writes to a file that exists. */
function overwrite(path: string, text: string | Uint8Array): void {
  // `r+`: to create the file is what may be forbidden.
  const descriptor = openSync(path, 'r+');
  try {
    // Shortened at the end only: a full disk leaves what does not fit, not an empty file.
    let written = 0;
    const bytes = Buffer.from(text as string);
    while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    ftruncateSync(descriptor, bytes.length);
  } finally {
    closeSync(descriptor);
  }
}

function attempt(path: string, operation: () => unknown): void {
  try {
    operation();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path} cannot be written (${(error as Error).message})`, { cause: error });
  }
}
