/** Reading one namespace's values file out of a volume that may be swapped meanwhile. Runs in the watcher thread. */
import { readlinkSync } from 'node:fs';
import type { Issue } from '../../src/common/errors.js';
import { valuesFile } from '../../src/config/base-directory.js';
import { FileError, MAX_FILE_BYTES, readWhole } from '../../src/files/read.js';
import { readVolumeVersion } from './volume.js';

/** How often a file is read again while its volume is swapped under the reading. */
const MAX_ATTEMPTS = 20;
/** A file that changed within this many milliseconds may not be whole yet. */
const MOMENT_MS = 1_000;

/** A values file as it was read, or why it was not. `isFresh`: it changed a moment ago. */
type ValuesContent =
  | { readonly file: string; readonly bytes: Buffer; readonly isFresh: boolean; readonly issue?: undefined }
  | { readonly issue: Issue; readonly isFresh: boolean };

/**
 * The values file of `namespace`; undefined where there is none, `'swapped'` where the volume changed at each reading.
 *
 * While the kubelet swaps a volume, opening a file in it fails with ENOENT now and then, since the old directory is
 * deleted at once. So a file counts as gone only where it is missing twice in the same version of its volume.
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
      return { file, bytes, isFresh: now - Number(fingerprint.ctimeNs / 1_000_000n) < MOMENT_MS };
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

/** Nothing at all is no fault; a link that leads nowhere is one: somebody means a file to be there. */
function classifyAbsence(file: string, namespace: string): ValuesContent | undefined | 'swapped' {
  let target: string;
  try {
    target = readlinkSync(file);
  } catch (error) {
    // EINVAL: no link, so a file has appeared since.
    return (error as NodeJS.ErrnoException).code === 'EINVAL' ? 'swapped' : undefined;
  }
  const message = `values.json is a symbolic link to ${target}, which does not exist`;
  // The kubelet removes the link of a deleted key a moment after the swap: a second look will tell.
  return { issue: { file, namespace, pointer: '', message }, isFresh: true };
}
