/** Finds the namespaces whose volume is gone. Runs in the watcher thread. Pure. */
import { joinFirst } from '../../src/common/text.js';
import type { Place } from './places.js';
import type { LoadedNamespace } from './results.js';

/** The maximum number of names that a message lists. */
const NAMES_LISTED = 5;

type Namespaces = ReadonlyMap<string, LoadedNamespace>;

/** Whether there is a file, and where. */
type FileState = Pick<LoadedNamespace, 'hash' | 'places'>;

/** A namespace whose volume, which held its file, is gone. */
export interface GoneVolume {
  readonly namespace: string;
  /** The mounted directory that was deleted, if that is why. */
  readonly deleted: string | undefined;
}

/**
 * Lists the namespaces that had a file, and whose volume, which held it, is gone. If they have no file now, it was not
 * deleted; if they have one, it is of the directory below the volume, such as one in the image, and of no deployment.
 */
export function findGoneVolumes(before: Namespaces, now: Namespaces): readonly GoneVolume[] {
  return [...now].flatMap(([name, namespace]) => findGoneVolume(name, before.get(name), namespace) ?? []);
}

/** Returns one namespace if it had a file, and the volume that held it is gone; else undefined. */
export function findGoneVolume(
  namespace: string,
  before: FileState | undefined,
  now: FileState,
): GoneVolume | undefined {
  if (before === undefined || before.hash === null) return undefined;
  const deleted = findDeleted(now);
  const isGone =
    deleted !== undefined ||
    isVolumeGone(before.places, now.places) ||
    (now.hash === null && isReplaced(before.places, now.places));
  return isGone ? { namespace, deleted } : undefined;
}

/** Lists the published namespaces that have no values because the directory that is mounted for them was deleted. */
export function findAbsent(published: Namespaces): readonly GoneVolume[] {
  return [...published].flatMap(([namespace, state]) => {
    const deleted = findDeleted(state);
    return deleted === undefined ? [] : [{ namespace, deleted }];
  });
}

/** Returns the mounted directory without which a namespace has no file; undefined if it has one, or no such directory. */
function findDeleted({ hash, places }: FileState): string | undefined {
  return hash === null ? places.find(({ isDeleted }) => isDeleted)?.directory : undefined;
}

/** Lists the namespaces that had a file and have none now. */
export function findWithoutFile(before: Namespaces, now: Namespaces): readonly string[] {
  return [...now.keys()].filter((name) => now.get(name)?.hash === null && (before.get(name)?.hash ?? null) !== null);
}

/**
 * Whether the volume is gone: the innermost directory with a `..data` has none any more, or nothing is mounted any more
 * on the innermost directory on which a file system was.
 *
 * @param before the places when the file was read, innermost first
 * @param now the places at present
 */
function isVolumeGone(before: readonly Place[], now: readonly Place[]): boolean {
  const volume = before.findIndex(({ isVolume }) => isVolume);
  const mount = before.findIndex(({ isMount }) => isMount);
  return now[volume]?.isVolume === false || now[mount]?.isMount === false;
}

/**
 * Whether the directory that held the file is gone: deleted, hidden below a mount, or another one. That is the innermost
 * directory with a `..data`; without any, the namespace's own directory.
 */
function isReplaced(before: readonly Place[], now: readonly Place[]): boolean {
  const volume = before.findIndex(({ isVolume }) => isVolume);
  const [then, present] = [before, now].map((places) => places[Math.max(volume, 0)]);
  return then !== undefined && present !== undefined && then.identity !== present.identity;
}

/** Returns the beginning of a sentence that says why the files of these namespaces are out of reach. */
export function describeGoneVolumes(valuesDirectory: string, volumes: readonly GoneVolume[]): string {
  const gone = volumes.filter(({ deleted }) => deleted === undefined).map(({ namespace }) => namespace);
  const deleted = [...new Set(volumes.flatMap((volume) => volume.deleted ?? []))];
  return [
    ...(gone.length === 0
      ? []
      : [
          `The volume with the values of ${list(gone)} is gone from ${valuesDirectory} (unmounted, deleted or replaced)`,
        ]),
    ...(deleted.length === 0 ? [] : [describeDeleted(deleted)]),
  ].join('. ');
}

/** Returns the beginning of a sentence about mounted directories that were deleted, with the way out. */
export function describeDeleted(directories: readonly string[]): string {
  const what =
    directories.length === 1
      ? `The mount at ${directories[0]} is of a deleted directory`
      : `The mounts at ${list(directories)} are of deleted directories`;
  return (
    `${what}: with \`subPath\`, the first change of a volume deletes what is mounted. ` +
    'Mount the volume without `subPath`, and restart the pod'
  );
}

/** Lists names, the first ones if they are many. */
export function list(names: readonly string[]): string {
  return joinFirst(names.slice(0, NAMES_LISTED), names.length);
}
