/** Reads one namespace's values file from a volume that the kubelet may swap meanwhile. Runs in the watcher thread. */
import { readlinkSync } from 'node:fs';
import type { Issue } from '../../src/common/errors.js';
import { valuesFile } from '../../src/config/base-directory.js';
import { FileError, MAX_FILE_BYTES, readWhole } from '../../src/files/read.js';
import { readVolumeVersion } from './volume.js';

/** How often a file is read if the kubelet swaps its volume during each attempt. */
const MAX_ATTEMPTS = 20;
/** A file that changed less than this many milliseconds ago may be half-written. */
const FRESH_MS = 1_000;

/** The content of a values file, or why it cannot be read. `isFresh`: the file changed a moment ago. */
type ValuesContent =
  | { readonly file: string; readonly bytes: Buffer; readonly isFresh: boolean; readonly issue?: undefined }
  | { readonly issue: Issue; readonly isFresh: boolean };

/**
 * Reads the values file of `namespace`.
 *
 * While the kubelet swaps a volume, opening a file in it sometimes fails with ENOENT, because the kubelet deletes the
 * old directory at once. So a file counts as missing only if it is missing twice in the same version of its volume.
 *
 * @returns undefined if there is no file; `'swapped'` if the volume changed during each attempt
 */
export function readValues(
  base: string,
  namespace: string,
  { now, onFile }: { readonly now: number; readonly onFile: (path: string) => void },
): ValuesContent | undefined | 'swapped' {
  const file = valuesFile(base, namespace);
  onFile(file);
  let missingIn: string | undefined;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const version = readVolumeVersion(base, namespace);
    try {
      const { bytes, fingerprint } = readWhole(file, MAX_FILE_BYTES);
      return { file, bytes, isFresh: now - Number(fingerprint.ctimeNs / 1_000_000n) < FRESH_MS };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      if (readVolumeVersion(base, namespace) !== version) continue;
      if (error.code !== 'ENOENT') {
        const issue = { file, namespace, pointer: '', message: `values.json ${error.message}` };
        return { issue, isFresh: error.code === 'CHANGING' };
      }
      if (missingIn === version) return classifyAbsence(file, namespace);
      missingIn = version;
    }
  }
  return 'swapped';
}

/** Classifies a missing file. No directory entry means no file; a dangling link is an issue: a file was intended. */
function classifyAbsence(file: string, namespace: string): ValuesContent | undefined | 'swapped' {
  let target: string;
  try {
    target = readlinkSync(file);
  } catch (error) {
    // EINVAL: not a link, so a file has appeared meanwhile.
    return (error as NodeJS.ErrnoException).code === 'EINVAL' ? 'swapped' : undefined;
  }
  const message = `values.json is a symbolic link to ${target}, which does not exist`;
  // Fresh, so that the load runs again: the kubelet removes the link of a deleted key a moment after the swap.
  return { issue: { file, namespace, pointer: '', message }, isFresh: true };
}
