/**
 * Finds the files of values below a directory: `NAMESPACE/TARGET/FILE.yaml`. Runs in the command line's main thread.
 *
 * A symbolic link counts as a file, by its own name and place, wherever it leads: so that one file can be part of
 * several targets. A directory behind a link is never entered, which excludes circles.
 */
import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { escapeControlChars, joinFirst, truncate } from '../../common/text.js';
import { checkNamespaceName } from '../../schema/namespace-name.js';
import { CommandError } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { similarPaths } from '../terminal/similar-paths.js';
import { suggestSimilar } from '../terminal/suggest.js';

/** A file of values. */
export interface ValuesFile {
  /** The path, beginning with the root as the user wrote it. */
  readonly path: string;
  readonly namespace: string;
  readonly target: string;
}

/** The files below a root. */
interface ValuesTree {
  /** The files of values, sorted by path. */
  readonly files: readonly ValuesFile[];
  /** The issues of other files and directories, by path. */
  readonly issues: ReadonlyMap<string, string>;
  /** The paths of all other files and links. */
  readonly others: readonly string[];
  /** What the root may be meant to be; undefined if it seems to be right. */
  readonly hint: string | undefined;
}

/**
 * Finds the values below `root`. Ignores files and links that are neither `.yaml` nor `.yml`.
 *
 * @param namespaces the namespaces that have a schema, as keys
 * @param option the option of the command line that names the root, for messages
 * @throws {CommandError} if the root cannot be read
 */
export function findValues(root: string, namespaces: ReadonlyMap<string, unknown>, option: string): ValuesTree {
  const files: ValuesFile[] = [];
  const issues = new Map<string, string>();
  const others: string[] = [];
  const reject = (path: string, message: string): void => void issues.set(path, escapeControlChars(message));
  const misplaced: (readonly string[])[] = [];
  for (const { path, relative } of listFilesBelow(root, { issues, others })) {
    if (relative.length === 0) throw new CommandError(`${option} must be a directory; got the file ${path}`);
    const extension = extname(path);
    if (extension === '.yml') reject(path, `Invalid file ${path}: expected .yaml, found .yml; rename it`);
    else if (extension !== '.yaml') others.push(path);
    if (extension !== '.yaml') continue;
    const [namespace, target, name, ...rest] = relative;
    if (namespace === undefined || target === undefined || name === undefined || rest.length > 0) {
      const place = relative.join('/');
      reject(path, `Invalid directory structure in ${place}: expected namespace/target/file.yaml below ${root}`);
      misplaced.push(relative);
      continue;
    }
    const issue = checkNamespaceName(target);
    if (issue !== undefined) {
      reject(path, `Invalid target name '${target}': ${issue}, in file ${path}`);
    } else if (!namespaces.has(namespace)) {
      const similar = suggestSimilar(namespace, [...namespaces.keys()]).replace('; d', ' D') || ADD_SCHEMA;
      reject(path, `Unknown namespace '${namespace}' in file ${path}. No schema found for this namespace.${similar}`);
    } else {
      files.push({ path, namespace, target });
    }
  }
  const hint = files.length === 0 ? suggestRoot(root, misplaced, option) : undefined;
  return { files, issues, others, hint };
}

/** Returns what `option` may be meant to be if all files are too high or too deep below `root`. */
function suggestRoot(root: string, misplaced: readonly (readonly string[])[], option: string): string | undefined {
  const depth = misplaced[0]?.length ?? 3;
  if (depth === 3 || misplaced.some(({ length }) => length !== depth)) return undefined;
  const above = Array.from({ length: 3 - depth }, () => '..');
  const other = depth < 3 ? join(root, ...above) : join(root, ...(misplaced[0] ?? []).slice(0, depth - 3));
  return escapeControlChars(`All files are at the same wrong depth: perhaps ${option} must be ${other}`);
}

const ADD_SCHEMA = ' Add it to --schemas, or correct the name of the folder';

/** The maximum number of paths that a message lists. */
const MAX_LISTED = 10;

/** Returns a sentence about files and links that are no values. */
export function describeOthers(others: readonly string[]): string {
  if (others.length === 0) return 'It has no files';
  const listed = others.slice(0, MAX_LISTED).map((path) => escapeControlChars(truncate(path, 200)));
  return `It has only files and links that no command reads: ${joinFirst(listed, others.length)}`;
}

/**
 * Prints which links lead to directories: whoever made them may expect that the files there are read.
 *
 * @param others the paths of all files and links that are not read
 */
export function nameLinkedDirectories(others: readonly string[], output: Output): void {
  const ignored = others.filter(isLinkedDirectory).sort();
  if (ignored.length === 0) return;
  const listed = ignored.slice(0, MAX_LISTED).map((path) => escapeControlChars(truncate(path, 200)));
  output.info(
    `No values are read from linked directories: ${joinFirst(listed, ignored.length)}. Link each file instead`,
  );
}

/** Whether `path` is a link to a directory. The kubelet's links, which begin with a dot, do not count. */
export function isLinkedDirectory(path: string): boolean {
  try {
    return !basename(path).startsWith('.') && lstatSync(path).isSymbolicLink() && statSync(path).isDirectory();
  } catch {
    // It is missing, or a link to nothing.
    return false;
  }
}

/** A file or a directory below a root. */
interface Found {
  readonly path: string;
  /** The names from the root to the file. */
  readonly relative: readonly string[];
}

/** What {@link listFilesBelow} adds to. */
interface Aside {
  /** An issue for each directory that cannot be read, by path. */
  readonly issues: Map<string, string>;
  /** The paths of sockets, FIFOs and the like. */
  readonly others: string[];
  /** The files of expectations; left out if undefined. */
  readonly tests?: Found[];
}

/** Whether a file has expectations, for `sentry-options test`. It lies beside values, and has none. */
export function isTestFile(name: string): boolean {
  return name.endsWith('.test.yaml');
}

/**
 * Lists all regular files and symbolic links below `root`, sorted by path; only the root if it is not a directory. Files of
 * expectations are not among them.
 *
 * @throws {CommandError} if the root cannot be read
 */
export function listFilesBelow(root: string, { issues, others, tests }: Aside): readonly Found[] {
  const found: Found[] = [];
  if (!isDirectory(root)) return [{ path: root, relative: [] }];
  // No recursion: directories may be nested as deeply as the length of a path allows.
  for (let pending: Found[] = [{ path: root, relative: [] }]; pending.length > 0; ) {
    const directories: Found[] = [];
    for (const directory of pending) {
      for (const entry of list(directory.path, root, issues)) {
        const path = `${directory.path.replace(/\/$/, '')}/${entry.name}`;
        const child = { path, relative: [...directory.relative, entry.name] };
        if (entry.isDirectory()) directories.push(child);
        else if (isTestFile(entry.name)) tests?.push(child);
        else if (entry.isFile() || entry.isSymbolicLink()) found.push(child);
        else others.push(path);
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
    const { code, message } = error as NodeJS.ErrnoException;
    const [similar] = similarPaths(root);
    const hint = similar === undefined ? 'correct the path' : `did you mean ${similar}?`;
    const issue = code === 'ENOENT' ? `does not exist; ${hint}` : `cannot be read (${message})`;
    throw new CommandError(escapeControlChars(`The values directory ${root} ${issue}`));
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
