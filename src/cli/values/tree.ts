/** Which files below a directory are values: `NAMESPACE/TARGET/FILE.yaml`. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { escapeControlChars } from '../../common/text.js';
import { checkNamespaceName } from '../../schema/namespace-name.js';
import { CommandError } from '../terminal/errors.js';

/** A file of values, by its place. */
export interface ValuesFile {
  /** Its path, beginning with the root as the user wrote it. */
  readonly path: string;
  readonly namespace: string;
  readonly target: string;
}

/** What is below a root. */
interface ValuesTree {
  /** The files that are where they should be, by the order of their paths. */
  readonly files: readonly ValuesFile[];
  /** What is wrong with the others, by path. */
  readonly issues: ReadonlyMap<string, string>;
}

/**
 * Looks for values below `root`. Symbolic links are not followed; what is no `.yaml` is none.
 *
 * @param namespaces those that have a schema
 * @throws {CommandError} where the root cannot be read
 */
export function findValues(root: string, namespaces: ReadonlyMap<string, unknown>): ValuesTree {
  const files: ValuesFile[] = [];
  const issues = new Map<string, string>();
  const reject = (path: string, message: string): void => void issues.set(path, escapeControlChars(message));
  for (const { path, relative } of listFilesBelow(root, issues)) {
    const extension = extname(path);
    if (extension === '.yml') reject(path, `Invalid file ${path}: expected .yaml, found .yml; rename it`);
    if (extension !== '.yaml') continue;
    const [namespace, target, name, ...rest] = relative;
    if (namespace === undefined || target === undefined || name === undefined || rest.length > 0) {
      const place = relative.join('/');
      reject(path, `Invalid directory structure in ${place}: expected namespace/target/file.yaml below ${root}`);
      continue;
    }
    const issue = checkNamespaceName(target);
    if (issue !== undefined) {
      reject(path, `Invalid target name '${target}': ${issue}, in file ${path}`);
    } else if (!namespaces.has(namespace)) {
      const message = `Unknown namespace '${namespace}' in file ${path}. No schema found for this namespace.`;
      reject(path, message);
    } else {
      files.push({ path, namespace, target });
    }
  }
  return { files, issues };
}

/** A file below a root. */
interface Found {
  readonly path: string;
  /** The names from the root to the file. */
  readonly relative: readonly string[];
}

/**
 * All regular files below `root`, by path; the root itself where it is no directory.
 *
 * @param issues is given what cannot be read, by path
 * @throws {CommandError} where the root cannot be read
 */
export function listFilesBelow(root: string, issues: Map<string, string>): readonly Found[] {
  const found: Found[] = [];
  if (!isDirectory(root)) return [{ path: root, relative: [] }];
  // No recursion: directories may be in one another as deep as a path may be long.
  for (let pending: Found[] = [{ path: root, relative: [] }]; pending.length > 0; ) {
    const directories: Found[] = [];
    for (const directory of pending) {
      for (const entry of list(directory.path, root, issues)) {
        const path = `${directory.path.replace(/\/$/, '')}/${entry.name}`;
        const child = { path, relative: [...directory.relative, entry.name] };
        if (entry.isDirectory()) directories.push(child);
        else if (entry.isFile()) found.push(child);
      }
    }
    pending = directories;
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isDirectory(root: string): boolean {
  try {
    return statSync(root).isDirectory();
  } catch (error) {
    throw new CommandError(`The directory of the values, ${root}, cannot be read (${(error as Error).message})`);
  }
}

function list(path: string, root: string, issues: Map<string, string>): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    const message = `${path} cannot be read (${(error as Error).message})`;
    if (path === root) throw new CommandError(message);
    issues.set(path, message);
    return [];
  }
}
