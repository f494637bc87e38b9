/** The base directory: chooses it, and names the directories and files below it. Any thread may import it. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../common/errors.js';
import { describeThrown } from '../common/log.js';
import { describeKind } from '../common/value.js';

/** The base directory in a pod, where the volumes are mounted. */
export const PRODUCTION_DIRECTORY = '/etc/sentry-options';
/** The name of the schema file in a namespace's directory. */
export const SCHEMA_FILE = 'schema.json';
/** The name of the values file in a namespace's directory, and of the key in its ConfigMap. */
export const VALUES_FILE = 'values.json';
/**
 * The link whose target is the version of a volume. The kubelet writes a volume (of a ConfigMap, or a projected one) as
 * a new timestamped directory, and then renames a new symbolic link `..data` over the old one. Each file in the volume
 * is a link through `..data`. Source: `pkg/volume/util/atomic_writer.go` of Kubernetes.
 */
export const DATA_LINK = '..data';
/** What to do if the working directory was deleted. */
export const CHANGE_DIRECTORY = 'Start the process in another directory, or call process.chdir() first.';
const LOCAL_DIRECTORY = 'sentry-options';

/** The base directory, and what determined it. */
export interface BaseDirectory {
  /** The absolute path. */
  readonly directory: string;
  readonly origin: 'argument' | 'SENTRY_OPTIONS_DIR' | 'production' | 'local';
}

/**
 * Chooses the base directory, and makes it absolute: a later `process.chdir` changes nothing.
 *
 * @throws {ConfigError} if `directory` is empty or not a string, or if no directory is named and the permission model
 *   forbids reading the production directory, or if the directory is relative to one that was deleted
 */
export function chooseDirectory(
  directory: string | undefined,
  env: NodeJS.ProcessEnv = ownVariables(process.env),
): BaseDirectory {
  if (directory !== undefined && (typeof directory !== 'string' || directory === '')) {
    throw new ConfigError(`directory must be a non-empty path; got ${describeKind(directory)}.`, { key: 'directory' });
  }
  if (directory !== undefined) return { directory: makeAbsolute(directory), origin: 'argument' };
  // An empty variable means the current directory, as in the Rust and Python clients.
  const variable = env.SENTRY_OPTIONS_DIR;
  if (variable !== undefined) return { directory: makeAbsolute(variable), origin: 'SENTRY_OPTIONS_DIR' };
  // Undefined if the permission model is off. If on, Node hides the directory or throws, depending on its version.
  if (process.permission?.has('fs.read', PRODUCTION_DIRECTORY) === false) {
    throw new ConfigError(
      `Node's permission model (\`--permission\`) forbids reading ${PRODUCTION_DIRECTORY}. Allow it with ` +
        `\`--allow-fs-read=${PRODUCTION_DIRECTORY}\`, or set the base directory (SENTRY_OPTIONS_DIR or \`directory\`).`,
      { key: 'directory' },
    );
  }
  return exists(PRODUCTION_DIRECTORY)
    ? { directory: PRODUCTION_DIRECTORY, origin: 'production' }
    : { directory: makeAbsolute(LOCAL_DIRECTORY), origin: 'local' };
}

/**
 * Makes the path of a directory absolute. By default, of the base directory.
 *
 * @param name what it is called in the error
 * @param key the setting that names it
 * @throws {ConfigError} if it is relative, and the working directory was deleted
 */
export function makeAbsolute(path: string, name = 'base directory', key = 'directory'): string {
  try {
    return resolve(path);
  } catch (cause) {
    throw new ConfigError(
      `The ${name} '${path}' is relative, and the working directory of the process was deleted ` +
        `(${describeThrown(cause)}). ${CHANGE_DIRECTORY}`,
      { key },
      { cause },
    );
  }
}

/** Copies the variables without their prototype: what other code adds to `Object.prototype` is not a variable. */
export function ownVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.assign(Object.create(null), env);
}

/** Whether there is something at `path`. If the system cannot say, there is: the start then names the error. */
function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** Returns the directory of the schemas, which are read once. */
export function schemasDirectory(base: string): string {
  return join(base, 'schemas');
}

/** Returns the path of a namespace's schema file. */
export function schemaFile(base: string, namespace: string): string {
  return join(schemasDirectory(base), namespace, SCHEMA_FILE);
}

/** Returns the directory of the values, which the watcher polls. */
export function valuesDirectory(base: string): string {
  return join(base, 'values');
}

/** Returns the path of a namespace's values file. */
export function valuesFile(base: string, namespace: string): string {
  return join(valuesDirectory(base), namespace, VALUES_FILE);
}
