/** The base directory: how it is chosen, and where schemas and values are below it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError } from '../common/errors.js';

/** Where a pod has its volumes. */
export const PRODUCTION_DIRECTORY = '/etc/sentry-options';
/** The name of a namespace's schema in its folder. */
export const SCHEMA_FILE = 'schema.json';
/** The name of a namespace's values in its folder, and of a ConfigMap's key. */
export const VALUES_FILE = 'values.json';
const LOCAL_DIRECTORY = 'sentry-options';

/** The base directory, and what it was chosen by. */
export interface BaseDirectory {
  /** Absolute. */
  readonly directory: string;
  readonly origin: 'argument' | 'SENTRY_OPTIONS_DIR' | 'production' | 'local';
}

/**
 * The base directory, absolute once and for all: a later `process.chdir` changes nothing.
 *
 * @throws {ConfigError} for an empty path, and where none is named and none may be looked for
 */
export function chooseDirectory(directory: string | undefined, env: NodeJS.ProcessEnv = process.env): BaseDirectory {
  if (directory !== undefined && (typeof directory !== 'string' || directory === '')) {
    throw new ConfigError('directory must be a path that is not empty.', { key: 'directory' });
  }
  if (directory !== undefined) return { directory: resolve(directory), origin: 'argument' };
  // An empty variable is the current directory, as to the family's other clients.
  const variable = env.SENTRY_OPTIONS_DIR;
  if (variable !== undefined) return { directory: resolve(variable), origin: 'SENTRY_OPTIONS_DIR' };
  // Undefined where the permission model is off. Depending on Node's version it would hide the directory, or throw.
  if (process.permission?.has('fs.read', PRODUCTION_DIRECTORY) === false) {
    throw new ConfigError(
      `Node's permission model (\`--permission\`) forbids looking for ${PRODUCTION_DIRECTORY}: allow it with ` +
        `\`--allow-fs-read=${PRODUCTION_DIRECTORY}\`, or name the base directory (SENTRY_OPTIONS_DIR, or \`directory\`).`,
      { key: 'directory' },
    );
  }
  return existsSync(PRODUCTION_DIRECTORY)
    ? { directory: PRODUCTION_DIRECTORY, origin: 'production' }
    : { directory: resolve(LOCAL_DIRECTORY), origin: 'local' };
}

/** The directory that schemas are read from, once, below the base directory. */
export function schemasDirectory(base: string): string {
  return join(base, 'schemas');
}

/** The directory that is watched, below the base directory. */
export function valuesDirectory(base: string): string {
  return join(base, 'values');
}

/** The file that holds a namespace's values. */
export function valuesFile(base: string, namespace: string): string {
  return join(valuesDirectory(base), namespace, VALUES_FILE);
}
