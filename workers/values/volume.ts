/**
 * Where values lie, and how a directory is told apart that the kubelet swaps.
 *
 * The kubelet writes a volume (a ConfigMap's, or a projected one) as a new timestamped directory and renames the
 * symbolic link `..data` over to it; a file in the volume is a link through `..data`. The link's target is therefore
 * the volume's version. Source: `pkg/volume/util/atomic_writer.go` of Kubernetes.
 */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Fingerprint, fingerprintOf } from '../../src/files/read.js';

const DATA_LINK = '..data';

/** The directory that schemas are read from, once, below the base directory. */
export function schemasDirectory(base: string): string {
  return join(base, 'schemas');
}

/** The directory that is watched, below the base directory. */
export function valuesDirectory(base: string): string {
  return join(base, 'values');
}

/** The file that holds a namespace's values. */
export function valuesFile(base: string, namespace: string): string {
  return join(valuesDirectory(base), namespace, 'values.json');
}

/** The version of the volumes that hold all namespaces at once, where the base or its `values` is such a mount. */
export function sharedVolumeVersion(base: string): string {
  return `${dataLink(base)}|${dataLink(valuesDirectory(base))}`;
}

/** The version of all volumes that a namespace's file is reached through. */
export function volumeVersion(base: string, namespace: string): string {
  return `${sharedVolumeVersion(base)}|${dataLink(join(valuesDirectory(base), namespace))}`;
}

function dataLink(directory: string): string {
  return linkTarget(join(directory, DATA_LINK));
}

/** Where a link leads; nothing where there is none. A link that leads nowhere is another thing than no file. */
function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** What a glance at the files shows, without opening one. */
export interface Glance {
  /** The same text twice: nothing that `stat` shows has changed, in any file. */
  readonly signature: string;
  /** Whether a file changed so recently that another change could have left the same times. */
  readonly isRecent: boolean;
}

/** The coarsest time stamps among the file systems in use are two seconds apart (FAT). */
const TIMESTAMP_GRANULARITY_NS = 2_000_000_000n;

/**
 * A glance at the values of `namespaces`, through symbolic links, as of `now` (milliseconds since 1970): about 10 µs a
 * file. The change time counts for `isRecent`, since a program can set the modification time to anything.
 */
export function glance(base: string, namespaces: readonly string[], now: number): Glance {
  const recent = BigInt(Math.trunc(now)) * 1_000_000n - TIMESTAMP_GRANULARITY_NS;
  const parts = [stampOf(valuesDirectory(base)).text];
  let isRecent = false;
  for (const namespace of namespaces) {
    const { text, fingerprint } = stampOf(valuesFile(base, namespace));
    parts.push(text);
    if (fingerprint !== undefined && fingerprint.ctimeNs >= recent) isRecent = true;
  }
  return { signature: parts.join('\n'), isRecent };
}

function stampOf(path: string): { text: string; fingerprint?: Fingerprint } {
  try {
    const stat = statSync(path, { bigint: true });
    // Of a directory only its presence counts: its times change with every file beside ours.
    if (stat.isDirectory()) return { text: 'directory' };
    const fingerprint = fingerprintOf(stat);
    const { dev, ino, size, mtimeNs, ctimeNs } = fingerprint;
    return { text: `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${stat.mode}`, fingerprint };
  } catch (error) {
    return { text: `${(error as NodeJS.ErrnoException).code ?? String(error)} ${linkTarget(path)}` };
  }
}
