/** Writing files so that nobody ever sees half of one: they are written beside their place, and renamed. */
import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CommandError } from './errors.js';
import { withCleanUp } from './interrupt.js';

/**
 * Writes texts, or bytes, to paths; directories are made. All are written before the first one is renamed to its place: an error,
 * or a signal, leaves all as it was, or all of them new.
 *
 * @throws {CommandError} naming the file
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

/** Makes a directory with its parents; no error where it is there. */
export function makeDirectory(path: string): void {
  attempt(path, () => mkdirSync(path, { recursive: true }));
}

function stage(path: string, text: string | Uint8Array, pending: Map<string, string>): void {
  makeDirectory(dirname(path));
  const known = statSync(path, { throwIfNoEntry: false });
  if (known?.isDirectory()) throw new Error('is a directory');
  const isLinkToNowhere = known === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isLinkToNowhere || (known !== undefined && !known.isFile())) {
    // A pipe or a device, such as /dev/stdout, has no half of a file in it.
    writeFileSync(path, text);
    return;
  }
  // The file behind a link is what is written, as without a rename.
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
