/** Finds the schemas directory that a user probably means. Runs in the command line's main thread. */
import { existsSync } from 'node:fs';
import { basename, join, normalize } from 'node:path';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { listNamespaces } from '../../schema/list-namespaces.js';
import { listFolders, similarPaths } from '../terminal/similar-paths.js';

/** How far below a directory schemas are searched, and in how many directories. */
const MAX_DEPTH = 3;
const MAX_SEARCHED = 500;

/** Where the schemas of a repository are, if it follows the example. */
const USUAL = join('sentry-options', 'schemas');

/** Returns the schemas directory that `directory` is probably meant to be; undefined if it is one, or none is found. */
export function findSchemas(directory: string): string | undefined {
  if (isSchemas(directory)) return undefined;
  const found = [findAbove(directory), findBelow(directory), findSimilar(directory), USUAL].find(
    (candidate) => candidate !== undefined && isSchemas(candidate),
  );
  return found === undefined || normalize(found) === normalize(directory) ? undefined : found;
}

/** Whether a directory has one with a schema. */
function isSchemas(directory: string): boolean {
  try {
    return listNamespaces(directory).namespaces.some((name) => existsSync(join(directory, name, SCHEMA_FILE)));
  } catch {
    return false;
  }
}

/** Returns the directory above that of a namespace, or of a schema. */
function findAbove(path: string): string | undefined {
  // A schema directly in `schemas` lacks the folder of its namespace.
  if (existsSync(join(path, SCHEMA_FILE))) return basename(path) === 'schemas' ? undefined : join(path, '..');
  return basename(path) === SCHEMA_FILE ? join(path, '..', '..') : undefined;
}

/** Searches below a directory, breadth first. Skips hidden directories and installed packages. */
function findBelow(directory: string): string | undefined {
  let level = [directory];
  let searched = 0;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    level = level.flatMap((path) =>
      searched++ < MAX_SEARCHED ? listFolders(path).map((name) => join(path, name)) : [],
    );
    const found = level.slice(0, MAX_SEARCHED).find(isSchemas);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Corrects the first name of a path that does not exist. */
function findSimilar(path: string): string | undefined {
  const similar = similarPaths(path);
  return similar.find(isSchemas) ?? similar.map(findBelow).find((found) => found !== undefined);
}
