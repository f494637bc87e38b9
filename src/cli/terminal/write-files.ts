/**
 * Writes files atomically: to a temporary file in the same directory, then by a rename. Runs in the command line's main
 * thread.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError } from './errors.js';
import { withCleanUp } from './interrupt.js';

/**
 * Writes files, and creates their directories. It writes all temporary files before it renames the first one, so that
 * an error or a signal leaves either all files as they were, or all of them new.
 *
 * @param texts contents by path
 * @throws {CommandError} if a file cannot be written; the message names the file
 */
export async function writeFiles(texts: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  const pending = new Map<string, string>();
  const cleanUp = (): void => {
    for (const temporary of pending.keys()) rmSync(temporary, { force: true });
  };
  await withCleanUp(cleanUp, () => {
    try {
      for (const [path, text] of texts) attempt(path, () => stage(path, text, pending));
      for (const [temporary, path] of pending) attempt(path, () => renameSync(temporary, path));
      pending.clear();
    } finally {
      cleanUp();
    }
  });
}

/**
 * Creates a directory and its parents, unless it exists.
 *
 * @throws {CommandError} if it cannot be created
 */
export function makeDirectory(path: string): void {
  attempt(path, () => mkdirSync(path, { recursive: true }));
}

function stage(path: string, text: string | Uint8Array, pending: Map<string, string>): void {
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
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.tmp`);
  pending.set(temporary, target);
  writeFileSync(temporary, text, { flag: 'wx' });
  if (known !== undefined) chmodSync(temporary, known.mode & 0o7777);
}

function attempt(path: string, operation: () => unknown): void {
  try {
    operation();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${path} cannot be written (${(error as Error).message})`, { cause: error });
  }
}
