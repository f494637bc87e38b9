/** Finds the namespaces whose volume is gone. Runs in the watcher thread. Pure. */
import { joinFirst } from '../../src/common/text.js';
import type { Place } from './places.js';
import type { LoadedNamespace } from './results.js';

/** The maximum number of namespaces that a message lists. */
const NAMESPACES_LISTED = 5;

type Namespaces = ReadonlyMap<string, LoadedNamespace>;

/** Whether there is a file, and where. */
type FileState = Pick<LoadedNamespace, 'hash' | 'places'>;

/**
 * Lists the namespaces that had a file and have lost the volume that held it. If they have no file now, it was not
 * deleted; if they have one, it is of the directory below the volume, such as one in the image, and of no deployment.
 */
export function findLost(before: Namespaces, now: Namespaces): readonly string[] {
  return [...now].filter(([name, namespace]) => isLost(before.get(name), namespace)).map(([name]) => name);
}

/** Whether one namespace had a file and has lost the volume that held it. */
export function isLost(before: FileState | undefined, now: FileState): boolean {
  if (before === undefined || before.hash === null) return false;
  return isVolumeLost(before.places, now.places) || (now.hash === null && isReplaced(before.places, now.places));
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
function isVolumeLost(before: readonly Place[], now: readonly Place[]): boolean {
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

/** Returns the beginning of a sentence that names the namespaces whose volume is gone. */
export function describeLost(valuesDirectory: string, names: readonly string[]): string {
  const listed = joinFirst(names.slice(0, NAMESPACES_LISTED), names.length);
  return `The volume with the values of ${listed} is gone from ${valuesDirectory} (unmounted, deleted or replaced)`;
}
