/** Reads one namespace's values file from a volume that the kubelet may swap meanwhile. Runs in the watcher thread. */
import { readlinkSync } from 'node:fs';
import type { Issue } from '../../src/common/errors.js';
import { valuesFile } from '../../src/config/base-directory.js';
import { FileError, tryOperation } from '../../src/files/file-error.js';
import { type FileTarget, readWhole } from '../../src/files/read.js';
import { SETTING_ADVICE } from '../../src/files/values-limits.js';
import { readVolumeVersion } from './volume.js';

/** How often a file is read if the kubelet swaps its volume during each attempt. */
const MAX_ATTEMPTS = 20;

/**
 * The content of a values file, or why there is none. `error`: the system or a permission prevents the read, which says
 * nothing about the content. `mayChange`: the file may be in the middle of a replacement.
 */
export type ValuesContent =
  | { readonly file: string; readonly bytes: Buffer; readonly issue?: undefined }
  | { readonly issue: Issue; readonly mayChange: boolean; readonly error?: FileError };

/**
 * Reads the values file of `namespace`, to what `target` returns: see {@link readWhole}.
 *
 * While the kubelet swaps a volume, opening a file in it sometimes fails with ENOENT, because the kubelet deletes the
 * old directory at once. So a file counts as missing only if it is missing twice in the same version of its volume.
 *
 * @returns undefined if there is no file; `'swapped'` if the volume changed during each attempt
 */
export function readValues(
  base: string,
  namespace: string,
  maxBytes: number,
  onFile: (path: string) => void,
  target?: FileTarget,
): ValuesContent | undefined | 'swapped' {
  const file = valuesFile(base, namespace);
  onFile(file);
  try {
    return readFromVolume(base, namespace, file, maxBytes, target);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { issue: makeIssue(file, namespace, error), mayChange: false, error };
  }
}

function readFromVolume(
  base: string,
  namespace: string,
  file: string,
  maxBytes: number,
  target: FileTarget | undefined,
): ValuesContent | undefined | 'swapped' {
  let version: string | undefined;
  let isMissing = false;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    try {
      return { file, bytes: readWhole(file, maxBytes, target).bytes };
    } catch (error) {
      if (!(error instanceof FileError) || error.kind !== 'file') throw error;
      // Read only after a failure, which most files never have. So the first failure counts for nothing: nothing is known
      // of the version before it.
      const now = readVolumeVersion(base, namespace);
      if (now !== version) {
        version = now;
        isMissing = false;
        continue;
      }
      if (error.code !== 'ENOENT') {
        return { issue: makeIssue(file, namespace, error), mayChange: error.code === 'CHANGING' };
      }
      if (isMissing) return classifyAbsence(file, namespace);
      isMissing = true;
    }
  }
  return 'swapped';
}

/** Makes the issue of a values file that cannot be read. */
export function makeIssue(file: string, namespace: string, { code, message }: FileError): Issue {
  const advice = code === 'TOO_LARGE' ? SETTING_ADVICE : '';
  return { file, namespace, pointer: '', message: `values.json ${message}${advice}` };
}

/** Classifies a missing file. No directory entry means no file; a dangling link is an issue: a file was intended. */
function classifyAbsence(file: string, namespace: string): ValuesContent | undefined | 'swapped' {
  let target: string;
  try {
    target = tryOperation(() => readlinkSync(file));
  } catch (error) {
    if ((error as FileError).kind !== 'file') throw error;
    // EINVAL: not a link, so a file has appeared meanwhile.
    return (error as FileError).code === 'EINVAL' ? 'swapped' : undefined;
  }
  const message = `values.json is a symbolic link to ${target}, which does not exist`;
  // The kubelet removes the link of a deleted key a moment after the swap.
  return { issue: { file, namespace, pointer: '', message }, mayChange: true };
}
