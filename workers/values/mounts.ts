/**
 * Whether the values are mounted so that a change can arrive at all. Runs in the watcher thread: a wrong mount shows
 * nowhere else, since the files that are there are good ones, and stay so.
 */

import { accessSync, constants, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VALUES_FILE, valuesFile } from '../../src/config/base-directory.js';
import { readVolumeVersion } from './volume.js';

/** What is looked at, and what is known of the system. */
interface MountCheck {
  /** The base directory. */
  readonly directory: string;
  readonly namespaces: readonly string[];
  /** Whether the base directory is where a pod has its volumes: elsewhere plain files are what one expects. */
  readonly isProduction: boolean;
  /** The text of `/proc/self/mountinfo`; undefined where the system has none. */
  readonly mountInfo: string | undefined;
}

/** More of them say nothing new. */
const MAX_WARNINGS = 10;
/** No version of any volume: `..data` is neither in the namespace's directory nor in those above. */
const NO_VOLUME = '||';

/** What is wrong with the mounts, a sentence each with what to do; nothing where all is well, or is told elsewhere. */
export function mountWarnings(question: MountCheck): readonly string[] {
  const mountPoints = question.mountInfo === undefined ? undefined : parseMountPoints(question.mountInfo);
  const warnings: string[] = [];
  for (const namespace of question.namespaces) {
    const warning = checkMount(question, mountPoints, namespace);
    if (warning !== undefined) warnings.push(warning);
  }
  const more = warnings.length - MAX_WARNINGS;
  return more > 0 ? [...warnings.slice(0, MAX_WARNINGS), `${more} more namespaces are mounted so.`] : warnings;
}

/** The text of `/proc/self/mountinfo`; undefined where there is none. */
export function readMountInfo(): string | undefined {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return undefined;
  }
}

function checkMount(
  { directory: base, isProduction }: MountCheck,
  mountPoints: ReadonlySet<string> | undefined,
  namespace: string,
): string | undefined {
  const file = valuesFile(base, namespace);
  const directory = dirname(file);
  const isEntered = canEnter(directory);
  // Nothing there, which is no fault of a mount; or already the directory above cannot be entered, which is told.
  if (isEntered === undefined) return undefined;
  if (!isEntered) {
    return (
      `${directory} cannot be entered by user ${process.getuid?.()}, so its values cannot be read: mount it with a ` +
      '`defaultMode` that lets this user in, or set `fsGroup` or `runAsUser`.'
    );
  }
  if (isMountedAlone(file, mountPoints)) {
    return (
      `${file} is mounted as a single file, as by \`subPath\`: it stays what it was when the container started, so no ` +
      `change will arrive. Mount the volume as the directory ${directory}, without \`subPath\`.`
    );
  }
  if (isProduction && readVolumeVersion(base, namespace) === NO_VOLUME) {
    return (
      `${directory} is no ConfigMap's volume (it has no \`..data\`), so no change will arrive unless something else ` +
      'writes the file. Mount the ConfigMap as this directory, without `subPath`.'
    );
  }
  return undefined;
}

/** Undefined where there is no such directory, or nothing can be known of it. */
function canEnter(directory: string): boolean | undefined {
  try {
    if (!statSync(directory).isDirectory()) return undefined;
  } catch {
    return undefined;
  }
  try {
    accessSync(directory, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A plain file on a mount of its own. The kubelet's files are symbolic links, on the mount of their directory. */
function isMountedAlone(file: string, mountPoints: ReadonlySet<string> | undefined): boolean {
  try {
    const stat = lstatSync(file);
    if (!stat.isFile()) return false;
    const directory = realpathSync(dirname(file));
    if (mountPoints !== undefined) return mountPoints.has(join(directory, VALUES_FILE));
    // Where a system tells no mount points. Not beside them: on an overlay, files of a lower layer have a device of
    // their own without being mounted.
    return stat.dev !== statSync(directory).dev;
  } catch {
    return false;
  }
}

/** The fifth field of each line, in which blanks and backslashes are written in octal. */
function parseMountPoints(mountInfo: string): Set<string> {
  const points = mountInfo.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  return new Set(
    points.map((point) => point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)))),
  );
}
