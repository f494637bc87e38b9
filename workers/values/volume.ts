/**
 * Where values lie, and how a directory is told apart that the kubelet swaps.
 *
 * The kubelet writes a volume (a ConfigMap's, or a projected one) as a new timestamped directory and renames the
 * symbolic link `..data` over to it; a file in the volume is a link through `..data`. The link's target is therefore
 * the volume's version. Source: `pkg/volume/util/atomic_writer.go` of Kubernetes.
 */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { valuesDirectory, valuesFile } from '../../src/config/base-directory.js';
import { type Fingerprint, toFingerprint } from '../../src/files/read.js';

const DATA_LINK = '..data';

/** The version of the volumes that hold all namespaces at once, where the base or its `values` is such a mount. */
export function readSharedVolumeVersion(base: string): string {
  return `${readDataLink(base)}|${readDataLink(valuesDirectory(base))}`;
}

/** The version of all volumes that a namespace's file is reached through. */
export function readVolumeVersion(base: string, namespace: string): string {
  return `${readSharedVolumeVersion(base)}|${readDataLink(join(valuesDirectory(base), namespace))}`;
}

function readDataLink(directory: string): string {
  return readLinkTarget(join(directory, DATA_LINK));
}

/** Where a link leads; nothing where there is none. A link that leads nowhere is another thing than no file. */
function readLinkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** What a glance at the files shows, without opening one. */
export interface Probe {
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
export function probe(base: string, namespaces: readonly string[], now: number): Probe {
  // step:probe
  const recent = BigInt(Math.trunc(now)) * 1_000_000n - TIMESTAMP_GRANULARITY_NS;
  const parts = [readStamp(valuesDirectory(base)).text];
  let isRecent = false;
  for (const namespace of namespaces) {
    const { text, fingerprint } = readStamp(valuesFile(base, namespace));
    parts.push(text);
    if (fingerprint !== undefined && fingerprint.ctimeNs >= recent) isRecent = true;
  }
  return { signature: parts.join('\n'), isRecent };
}

function readStamp(path: string): { text: string; fingerprint?: Fingerprint } {
  try {
    const stat = statSync(path, { bigint: true });
    // Of a directory only its presence counts: its times change with every file beside ours.
    if (stat.isDirectory()) return { text: 'directory' };
    const fingerprint = toFingerprint(stat);
    const { dev, ino, size, mtimeNs, ctimeNs } = fingerprint;
    return { text: `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${stat.mode}`, fingerprint };
  } catch (error) {
    return { text: `${(error as NodeJS.ErrnoException).code ?? String(error)} ${readLinkTarget(path)}` };
  }
}
