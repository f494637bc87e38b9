/**
 * Checks that changes can reach the mounted values files. Runs in the watcher thread. Nothing else detects a wrong
 * mount: its files are valid, but never change.
 */
import { accessSync, constants, lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatText } from '../../src/common/text.js';
import { VALUES_FILE, valuesDirectory, valuesFile } from '../../src/config/base-directory.js';
import { FileError, tryOptional } from '../../src/files/file-error.js';
import { findMisplaced } from './misplaced.js';
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
  /** The last warnings: that a mount is of what will be deleted is not said again once it is. */
  readonly known?: readonly string[] | undefined;
}

/** The maximum number of warnings. Further ones are only counted. */
const MAX_WARNINGS = 10;
/**
 * One version of a volume in the path of a directory, which Kubernetes names by its time; and what is behind it. Source:
 * `pkg/volume/util/atomic_writer.go`.
 */
const VERSION = /(?<=\/)\.\.\d{4}_\d\d_\d\d_.*/;
/** How the kernel marks the source of a mount that was deleted. */
const DELETED = /\/\/deleted$/;
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
  const mounts = mountInfo === undefined ? undefined : parseMounts(mountInfo);
  // Namespaces may share a mount.
  const found = new Set(check.namespaces.flatMap((namespace) => checkMount(check, mounts, namespace) ?? []));
  const warnings = [...found, ...findMisplaced(check.directory, check.namespaces)];
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
  { directory: base, isProduction, known = [] }: MountCheck,
  mounts: ReadonlyMap<string, string> | undefined,
  namespace: string,
): string | undefined {
  const file = valuesFile(base, namespace);
  const directory = dirname(file);
  const version = mounts && findVersion([directory, valuesDirectory(base), base], mounts, known);
  if (version !== undefined) return version || undefined;
  const isSearchable = canSearch(directory);
  // Either nothing is there, which no mount causes; or the parent is not searchable either, which the load reports.
  if (isSearchable === undefined) return undefined;
  if (!isSearchable) {
    return (
      `User ${process.getuid?.()} has no search permission (x) for ${directory}, so the watcher cannot read its ` +
      'values. Mount it with a `defaultMode` that grants the permission, or set `fsGroup` or `runAsUser`.'
    );
  }
  if (isMountedAlone(file, mounts)) {
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

/**
 * Describes a mount of a directory inside one version of a volume, as by `subPath`, at one of these directories. Returns
 * an empty string if another message describes it; undefined if there is no such mount.
 */
function findVersion(
  directories: readonly string[],
  mounts: ReadonlyMap<string, string>,
  known: readonly string[],
): string | undefined {
  for (const directory of directories) {
    const path = tryOptional(() => realpathSync(directory));
    const source = path && mounts.get(path);
    const version = source && VERSION.exec(source)?.[0].replace(DELETED, '');
    if (!version) continue;
    const warning =
      `${directory} is mounted by \`subPath\` from one version of a volume (${formatText(version)}), which the kubelet ` +
      'deletes at the first change. Mount the volume as this directory, without `subPath`.';
    // What was deleted is the reason of the health.
    return DELETED.test(source) && !known.includes(warning) ? '' : warning;
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
function isMountedAlone(file: string, mounts: ReadonlyMap<string, string> | undefined): boolean {
  const stat = tryOptional(() => lstatSync(file));
  const directory = tryOptional(() => realpathSync(dirname(file)));
  if (directory === undefined || !stat?.isFile()) return false;
  if (mounts !== undefined) return mounts.has(join(directory, VALUES_FILE));
  // Only if the system lists no mount points: on an overlay, a file of a lower layer has another device than its
  // directory without being a mount.
  return stat.dev !== tryOptional(() => statSync(directory).dev);
}

/** Returns what is mounted at each point: the fourth and the fifth field of each line. Source: proc(5). */
function parseMounts(mountInfo: string): ReadonlyMap<string, string> {
  return new Map(
    mountInfo.split('\n').flatMap((line): [string, string][] => {
      const [, , , source, point] = line.split(' ');
      return source === undefined || point === undefined ? [] : [[decodeOctal(point), decodeOctal(source)]];
    }),
  );
}

/** Decodes blanks and backslashes, which are octal escapes. */
function decodeOctal(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}
