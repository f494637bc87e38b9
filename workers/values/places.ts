/** Reads the identities of the directories on the path of a values file. Runs in the watcher thread. */
import { type BigIntStats, lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { valuesDirectory, valuesFile } from '../../src/config/base-directory.js';
import { tryOptional } from '../../src/files/file-error.js';
import { readDataLink } from './volume.js';

/** A directory on the path of a values file. */
export interface Place {
  /** Its path. */
  readonly directory: string;
  /** Equal if it is the same directory of the same mounted file system; undefined if there is no directory. */
  readonly identity: string | undefined;
  /** Whether it holds a volume of the kubelet's. */
  readonly isVolume: boolean;
  /** Whether a file system is mounted on it; not if that is a part of the file system around it (a bind mount). */
  readonly isMount: boolean;
  /** Whether it was deleted where it is mounted from: it stays where it is mounted, empty for ever. */
  readonly isDeleted: boolean;
}

/** The places that all namespaces share. */
export interface SharedPlaces {
  /** `values`, and the base directory: innermost first. */
  readonly places: readonly Place[];
  /** The file system that holds `values`; undefined if there is no such directory. */
  readonly fileSystem: FileSystem | undefined;
}

/** A mounted file system. */
interface FileSystem {
  readonly dev: bigint;
  /** The last directory upwards on it. */
  readonly root: BigIntStats;
}

/** Reads the places that all namespaces share. */
export function readSharedPlaces(base: string): SharedPlaces {
  const values = readPlace(valuesDirectory(base));
  return { places: [values.place, readPlace(base).place], fileSystem: values.fileSystem };
}

/**
 * Reads the directory of a namespace's file.
 *
 * @param shared the shared places: they spare a walk to the root for each namespace. The caller reads them before and
 *   after all files, which finds a mount that changes meanwhile.
 */
export function readNamespacePlace(base: string, namespace: string, shared: SharedPlaces): Place {
  const directory = dirname(valuesFile(base, namespace));
  const { fileSystem } = shared;
  const stat = tryOptional(() => lstatSync(directory, { bigint: true, throwIfNoEntry: false }));
  // A link leads elsewhere, so that the directory above its target is not `values`.
  if (stat === undefined || fileSystem === undefined || !stat.isDirectory()) return readPlace(directory).place;
  const isMount = stat.dev !== fileSystem.dev;
  return makePlace(directory, stat, isMount ? stat : fileSystem.root, isMount);
}

/** Whether two lists have the same directories, with the same volumes. */
export function areSamePlaces(some: readonly Place[], others: readonly Place[]): boolean {
  return some.every((place, index) => isSamePlace(place, others[index]));
}

/** Whether two places are the same directory, with the same volume. */
export function isSamePlace(place: Place, other: Place | undefined): boolean {
  return place.identity === other?.identity && place.isVolume === other?.isVolume;
}

/** @throws {FileError} if the system cannot read it: that must not look like another directory */
function readPlace(directory: string): { readonly place: Place; readonly fileSystem: FileSystem | undefined } {
  const stat = tryOptional(() => statSync(directory, { bigint: true }));
  if (stat === undefined) {
    const place = { directory, identity: undefined, isVolume: false, isMount: false, isDeleted: false };
    return { place, fileSystem: undefined };
  }
  const { root, isMount } = findRoot(directory, stat);
  return { place: makePlace(directory, stat, root, isMount), fileSystem: { dev: stat.dev, root } };
}

/** Whether `directory` was deleted where it is mounted from. */
export function isDeletedDirectory(directory: string): boolean {
  return tryOptional(() => statSync(directory).nlink === 0) === true;
}

function makePlace(directory: string, stat: BigIntStats, root: BigIntStats, isMount: boolean): Place {
  // A new tmpfs gets the device number of one that is unmounted, and the inode numbers start again.
  const created = areBirthTimesKnown() ? root.birthtimeNs : '';
  const identity = `${stat.dev} ${stat.ino} ${created}`;
  return { directory, identity, isVolume: readDataLink(directory) !== '', isMount, isDeleted: stat.nlink === 0n };
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
