/**
 * Checks that changes can reach the mounted values files. Runs in the watcher thread. Nothing else detects a wrong
 * mount: its files are valid, but never change.
 */
import { accessSync, constants, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { VALUES_FILE, valuesFile } from '../../src/config/base-directory.js';
import { FileError, tryOptional } from '../../src/files/file-error.js';
import { readVolumeVersion } from './volume.js';

/** The files to check, and the facts about the system. */
interface MountCheck {
  /** The base directory. */
  readonly directory: string;
  readonly namespaces: readonly string[];
  /** Whether the base directory is the production path, which holds a pod's volumes. Other paths hold plain files. */
  readonly isProduction: boolean;
  /**
   * Returns the content of `/proc/self/mountinfo`; undefined if the system has no such file.
   *
   * @throws {FileError} if the file cannot be read
   */
  readonly readMountInfo: () => string | undefined;
}

/** The maximum number of warnings. Further ones are only counted. */
const MAX_WARNINGS = 10;
/** The volume version if there is no `..data`, neither in the namespace's directory nor in the directories above. */
const NO_VOLUME = '||';

/**
 * Lists the issues of the mounts, each with the fix. Omits what other messages report, such as a missing directory.
 *
 * @returns undefined if the system cannot check the mounts at the moment, which says nothing about them
 */
export function mountWarnings(check: MountCheck): readonly string[] | undefined {
  try {
    return listWarnings(check);
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

function listWarnings(check: MountCheck): readonly string[] {
  const mountInfo = check.readMountInfo();
  const mountPoints = mountInfo === undefined ? undefined : parseMountPoints(mountInfo);
  const warnings: string[] = [];
  for (const namespace of check.namespaces) {
    const warning = checkMount(check, mountPoints, namespace);
    if (warning !== undefined) warnings.push(warning);
  }
  const more = warnings.length - MAX_WARNINGS;
  if (more <= 0) return warnings;
  const rest = more === 1 ? '1 more namespace has a mount warning.' : `${more} more namespaces have mount warnings.`;
  return [...warnings.slice(0, MAX_WARNINGS), rest];
}

/** Reads what {@link MountCheck.readMountInfo} returns. */
export function readMountInfo(): string | undefined {
  return tryOptional(() => readFileSync('/proc/self/mountinfo', 'utf8'));
}

function checkMount(
  { directory: base, isProduction }: MountCheck,
  mountPoints: ReadonlySet<string> | undefined,
  namespace: string,
): string | undefined {
  const file = valuesFile(base, namespace);
  const directory = dirname(file);
  const isSearchable = canSearch(directory);
  // Either nothing is there, which no mount causes; or the parent is not searchable either, which the load reports.
  if (isSearchable === undefined) return undefined;
  if (!isSearchable) {
    return (
      `User ${process.getuid?.()} has no search permission (x) for ${directory}, so the watcher cannot read its ` +
      'values. Mount it with a `defaultMode` that grants the permission, or set `fsGroup` or `runAsUser`.'
    );
  }
  if (isMountedAlone(file, mountPoints)) {
    return (
      `${file} is mounted as a single file (as with \`subPath\`), so it never changes after the container starts. ` +
      `Mount the volume as the directory ${directory}, without \`subPath\`.`
    );
  }
  if (isProduction && readVolumeVersion(base, namespace) === NO_VOLUME) {
    return (
      `${directory} is not a ConfigMap volume (it has no \`..data\`), so its values never change unless another ` +
      'program writes them. Mount the ConfigMap as this directory, without `subPath`.'
    );
  }
  return undefined;
}

/** Whether this user may search `directory`; undefined if there is no such directory, or its parent denies access. */
function canSearch(directory: string): boolean | undefined {
  const isDirectory = tryOptional(() => statSync(directory).isDirectory());
  if (!isDirectory) return undefined;
  const isAllowed = tryOptional(() => {
    accessSync(directory, constants.X_OK);
    return true;
  });
  return isAllowed === true;
}

/** Whether `file` is a plain file and a mount. The kubelet's files are links, on the mount of their directory. */
function isMountedAlone(file: string, mountPoints: ReadonlySet<string> | undefined): boolean {
  const stat = tryOptional(() => lstatSync(file));
  const directory = tryOptional(() => realpathSync(dirname(file)));
  if (directory === undefined || !stat?.isFile()) return false;
  if (mountPoints !== undefined) return mountPoints.has(join(directory, VALUES_FILE));
  // Only if the system lists no mount points: on an overlay, a file of a lower layer has another device than its
  // directory without being a mount.
  return stat.dev !== tryOptional(() => statSync(directory).dev);
}

/** Returns the fifth field of each line. Decodes blanks and backslashes, which are octal escapes. Source: proc(5). */
function parseMountPoints(mountInfo: string): Set<string> {
  const points = mountInfo.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  return new Set(
    points.map((point) => point.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)))),
  );
}
