/** Finds directories that are like one that does not exist. Runs in the command line's main thread. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, normalize, relative, sep } from 'node:path';
import { similarNames } from './suggest.js';

/** Returns `path` with its first name that does not exist replaced by similar ones, the most similar first. */
export function similarPaths(path: string): string[] {
  const missing = findMissing(path);
  if (missing === undefined) return [];
  const parent = dirname(missing);
  const rest = relative(missing, path);
  return similarNames(basename(missing), listFolders(parent))
    .map((name) => join(parent, name, rest))
    .filter((similar) => existsSync(similar));
}

/** Returns the shortest part of `path` that does not exist. */
function findMissing(path: string): string | undefined {
  const parts = normalize(path).split(sep);
  for (let count = 1; count <= parts.length; count++) {
    const part = parts.slice(0, count).join(sep);
    if (part !== '' && !existsSync(part)) return part;
  }
  return undefined;
}

/** Lists the folders of a directory, without hidden ones and installed packages; none if it cannot be read. */
export function listFolders(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
