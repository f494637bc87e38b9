/** Checks the values directory. Runs in the watcher thread. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FileError, tryOperation } from '../../src/files/file-error.js';
import { describeDeleted } from './gone-volumes.js';
import { isDeletedDirectory } from './places.js';
import type { NoDirectory } from './results.js';

/** Checks the values directory. Returns why it is unusable; undefined if it is usable. */
export function checkDirectory(directory: string): NoDirectory | undefined {
  try {
    const isDirectory = tryOperation(() => statSync(directory).isDirectory());
    if (!isDirectory) return makeNoDirectory(`${directory} is not a directory`);
    tryOperation(() => accessSync(directory, constants.X_OK));
    return undefined;
  } catch (error) {
    return describeUnreadable(directory, error as FileError);
  }
}

/** Describes a values directory that cannot be read. */
export function describeUnreadable(directory: string, { code, kind, message }: FileError): NoDirectory {
  if (code === 'ENOENT') {
    const base = dirname(directory);
    if (isDeletedDirectory(base)) return makeNoDirectory(describeDeleted([base]), { isMissing: true });
    return makeNoDirectory(`The values directory ${directory} does not exist`, { isMissing: true });
  }
  return makeNoDirectory(`The values directory ${directory} ${message}`, { isTransient: kind === 'system' });
}

/** Describes why the values directory cannot be loaded: `reason` is the beginning of a sentence. */
export function makeNoDirectory(reason: string, { isMissing = false, isTransient = false } = {}): NoDirectory {
  return { kind: 'no-directory', isMissing, isTransient, reason };
}
