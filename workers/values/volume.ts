/** Probes the values files, and reads the versions and the identities of the volumes. Runs in the watcher thread. */
import { type BigIntStats, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DATA_LINK, valuesDirectory, valuesFile } from '../../src/config/base-directory.js';
import { FileError, tryOperation, tryOptional } from '../../src/files/file-error.js';
import { toFingerprint } from '../../src/files/read.js';

/**
 * Reads the version of the volumes that hold all namespaces at once: mounts of the base directory or its `values`.
 *
 * @throws {FileError} if the system cannot read it, which says nothing about the volume
 */
export function readSharedVolumeVersion(base: string): string {
  return `${readDataLink(base)}|${readDataLink(valuesDirectory(base))}`;
}

/**
 * Reads the version of all volumes on the path of a namespace's file.
 *
 * @throws {FileError} if the system cannot read it, which says nothing about the volume
 */
export function readVolumeVersion(base: string, namespace: string): string {
  return `${readSharedVolumeVersion(base)}|${readDataLink(join(valuesDirectory(base), namespace))}`;
}

/**
 * Returns the target of the link `..data` in `directory`; empty if there is no link.
 *
 * @throws {FileError} if the system cannot read it: that must not look like a directory without the link
 */
export function readDataLink(directory: string): string {
  return readLinkTarget(join(directory, DATA_LINK));
}

/** Returns the target of a link; empty if there is no link. So a dangling link differs from a missing file. */
function readLinkTarget(path: string): string {
  return tryOptional(() => readlinkSync(path)) ?? '';
}

/** A directory on the path of a values file. */
export interface Place {
  /** Equal if it is the same directory of the same mounted file system; undefined if there is no directory. */
  readonly identity: string | undefined;
  /** Whether it holds a volume of the kubelet's. */
  readonly isVolume: boolean;
  /** Whether a file system is mounted on it; not if that is a part of the file system around it (a bind mount). */
  readonly isMount: boolean;
}

/** Reads the places that all namespaces share, innermost first: `values`, and the base directory. */
export function readSharedPlaces(base: string): readonly Place[] {
  return [readPlace(valuesDirectory(base)), readPlace(base)];
}

/** Reads the directory of a namespace's file. */
export function readNamespacePlace(base: string, namespace: string): Place {
  return readPlace(dirname(valuesFile(base, namespace)));
}

/** Whether two lists have the same directories, with the same volumes. */
export function areSamePlaces(some: readonly Place[], others: readonly Place[]): boolean {
  return some.every(({ identity, isVolume }, index) => {
    const other = others[index];
    return identity === other?.identity && isVolume === other?.isVolume;
  });
}

/** @throws {FileError} if the system cannot read it: that must not look like another directory */
function readPlace(directory: string): Place {
  const stat = tryOptional(() => statSync(directory, { bigint: true }));
  if (stat === undefined) return { identity: undefined, isVolume: false, isMount: false };
  const { root, isMount } = findRoot(directory, stat);
  // A new tmpfs gets the device number of one that is unmounted, and the inode numbers start again.
  const created = areBirthTimesKnown() ? root.birthtimeNs : '';
  // A directory that is deleted while it is mounted elsewhere (a `subPath`) stays there, empty and without a link.
  const identity = `${stat.dev} ${stat.ino} ${created}${stat.nlink === 0n ? ' deleted' : ''}`;
  return { identity, isVolume: readDataLink(directory) !== '', isMount };
}

/**
 * Finds the root of the file system in which `directory` is: the last directory upwards on the same device. And whether
 * that is `directory` itself, as far as the directory above it can be read.
 */
function findRoot(directory: string, stat: BigIntStats): { root: BigIntStats; isMount: boolean } {
  let root = stat;
  // Not joined, which would drop a link together with its `..`.
  for (let path = `${directory}/..`; ; path += '/..') {
    const parent = tryOptional(() => statSync(path, { bigint: true }));
    if (parent === undefined) return { root, isMount: false };
    if (parent.dev !== root.dev) return { root, isMount: root === stat };
    // The root of all.
    if (parent.ino === root.ino) return { root, isMount: false };
    root = parent;
  }
}

/**
 * Whether the system knows when directories were created. An old kernel, or a sandbox without `statx`, returns the change
 * time instead, which each new file in a directory changes. For `/proc`, which has no such time, `statx` returns 0.
 */
function areBirthTimesKnown(): boolean {
  birthTimesKnown ??= tryOptional(() => statSync('/proc', { bigint: true }).birthtimeNs === 0n) ?? true;
  return birthTimesKnown;
}

let birthTimesKnown: boolean | undefined;

/**
 * Probes the values files of `namespaces` through symbolic links, without opening one: about 10 µs for each file. Calls
 * `onStep` after each file.
 *
 * @returns a signature: equal to another one if nothing that `stat` returns has changed, for any file; undefined if the
 *   system cannot probe a file, which says nothing about the file
 */
export function probe(base: string, namespaces: readonly string[], onStep = () => {}): string | undefined {
  // step:probe
  try {
    const files = namespaces.map((namespace) => {
      const stamp = readStamp(valuesFile(base, namespace));
      onStep();
      return stamp;
    });
    return [readStamp(valuesDirectory(base)), ...files].join('\n');
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

/** Reads what `stat` returns for `path`, as a string, or the error's code and the target of a dangling link. */
function readStamp(path: string): string {
  try {
    const stat = tryOperation(() => statSync(path, { bigint: true }));
    // Only the presence of a directory counts: its times change with files that are not ours.
    if (stat.isDirectory()) return 'directory';
    const { dev, ino, size, mtimeNs, ctimeNs } = toFingerprint(stat);
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs} ${stat.mode}`;
  } catch (error) {
    if ((error as FileError).kind !== 'file') throw error;
    return `${(error as FileError).code} ${readLinkTarget(path)}`;
  }
}
