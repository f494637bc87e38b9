/** Probes the values files, and reads the versions of the volumes that hold them. Runs in the watcher thread. */
import { readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { valuesDirectory, valuesFile } from '../../src/config/base-directory.js';
import { type Fingerprint, toFingerprint } from '../../src/files/read.js';

/**
 * The link whose target is the version of a volume. The kubelet writes a volume (of a ConfigMap, or a projected one) as
 * a new timestamped directory, and then renames a new symbolic link `..data` over the old one. Each file in the volume
 * is a link through `..data`. Source: `pkg/volume/util/atomic_writer.go` of Kubernetes.
 */
const DATA_LINK = '..data';

/** Reads the version of the volumes that hold all namespaces at once: mounts of the base directory or its `values`. */
export function readSharedVolumeVersion(base: string): string {
  return `${readDataLink(base)}|${readDataLink(valuesDirectory(base))}`;
}

/** Reads the version of all volumes on the path of a namespace's file. */
export function readVolumeVersion(base: string, namespace: string): string {
  return `${readSharedVolumeVersion(base)}|${readDataLink(join(valuesDirectory(base), namespace))}`;
}

function readDataLink(directory: string): string {
  return readLinkTarget(join(directory, DATA_LINK));
}

/** Returns the target of a link; empty if there is no link. So a dangling link differs from a missing file. */
function readLinkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** The result of a probe, which opens no file. */
export interface Probe {
  /** Equal to the signature of another probe if nothing that `stat` returns has changed, for any file. */
  readonly signature: string;
  /** Whether a file changed so recently that another change could leave the same times. */
  readonly isRecent: boolean;
}

/** FAT has the coarsest timestamps of the file systems in use: two seconds. */
const TIMESTAMP_GRANULARITY_NS = 2_000_000_000n;

/**
 * Probes the values files of `namespaces` through symbolic links: about 10 µs for each file. `isRecent` depends on the
 * change time, since a program can set the modification time to anything.
 *
 * @param now milliseconds since 1970
 */
export function probe(base: string, namespaces: readonly string[], now: number): Probe {
  // step:probe
  const recent = BigInt(Math.trunc(now)) * 1_000_000n - TIMESTAMP_GRANULARITY_NS;
  const stamps = [readStamp(valuesDirectory(base)).stamp];
  let isRecent = false;
  for (const namespace of namespaces) {
    const { stamp, fingerprint } = readStamp(valuesFile(base, namespace));
    stamps.push(stamp);
    if (fingerprint !== undefined && fingerprint.ctimeNs >= recent) isRecent = true;
  }
  return { signature: stamps.join('\n'), isRecent };
}

/** Reads what `stat` returns for `path`, as a string, or the error's code and the target of a dangling link. */
function readStamp(path: string): { stamp: string; fingerprint?: Fingerprint } {
  try {
    const stat = statSync(path, { bigint: true });
    // Only the presence of a directory counts: its times change with files that are not ours.
    if (stat.isDirectory()) return { stamp: 'directory' };
    const fingerprint = toFingerprint(stat);
    const { dev, ino, size, mtimeNs, ctimeNs } = fingerprint;
    return { stamp: `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${stat.mode}`, fingerprint };
  } catch (error) {
    return { stamp: `${(error as NodeJS.ErrnoException).code ?? String(error)} ${readLinkTarget(path)}` };
  }
}
