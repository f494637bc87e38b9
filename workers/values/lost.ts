/** Finds the namespaces whose volume is gone. Runs in the watcher thread. Pure. */
import { joinFirst } from '../../src/common/text.js';
import type { LoadedNamespace } from './load.js';
import type { Place } from './volume.js';

/** The maximum number of namespaces that a message lists. */
const NAMESPACES_LISTED = 5;

type Namespaces = ReadonlyMap<string, LoadedNamespace>;

/** Lists the namespaces that have lost their file together with their volume. Such a file was not deleted. */
export function findLost(before: Namespaces, now: Namespaces): readonly string[] {
  return findWithoutFile(before, now).filter((name) => isVolumeLost(placesOf(before, name), placesOf(now, name)));
}

/** Lists the namespaces that had a file and have none now. */
export function findWithoutFile(before: Namespaces, now: Namespaces): readonly string[] {
  return [...now.keys()].filter((name) => now.get(name)?.hash === null && (before.get(name)?.hash ?? null) !== null);
}

function placesOf(namespaces: Namespaces, name: string): readonly Place[] {
  return namespaces.get(name)?.places ?? [];
}

/**
 * Whether the volume is gone: unmounted, deleted, or hidden below another mount. The volume is the innermost directory
 * with a `..data`; without any, the namespace's own directory.
 *
 * @param before the places when the file was read, innermost first
 * @param now the places at present
 */
function isVolumeLost(before: readonly Place[], now: readonly Place[]): boolean {
  const volume = before.findIndex(({ isVolume }) => isVolume);
  const [then, present] = [before, now].map((places) => places[Math.max(volume, 0)]);
  if (then === undefined || present === undefined) return false;
  return then.identity !== present.identity || (then.isVolume && !present.isVolume);
}

/** Returns the beginning of a sentence that names the namespaces whose volume is gone. */
export function describeLost(valuesDirectory: string, names: readonly string[]): string {
  const listed = joinFirst(names.slice(0, NAMESPACES_LISTED), names.length);
  return `The volume with the values of ${listed} is gone from ${valuesDirectory} (unmounted, deleted or replaced)`;
}
