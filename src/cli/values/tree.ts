/** Finds the files of values below a directory: `NAMESPACE/TARGET/FILE.yaml`. Runs in the command line's main thread. */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, relative as relativePath, resolve } from 'node:path';
import { escapeControlChars, formatRest, joinFirst, truncate } from '../../common/text.js';
import { checkNamespaceName } from '../../schema/namespace-name.js';
import { CommandError } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { similarNames } from '../terminal/suggest.js';
import { adviseOnTests, type Found, isTestFile, listFilesBelow } from './list-files.js';

/** The target whose values all other targets of its namespace inherit. */
export const DEFAULT_TARGET = 'default';

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
  /** The namespaces whose target `default` an issue is about: that it is missing follows from it. */
  readonly excused: ReadonlySet<string>;
}

/**
 * Finds the values below `root`. Ignores files and links that are neither `.yaml` nor `.yml`.
 *
 * @param namespaces the namespaces that have a schema, as keys
 * @param option the option of the command line that names the root, for messages
 * @throws {CommandError} if the root cannot be read, or another directory is meant
 */
export function findValues(root: string, namespaces: ReadonlyMap<string, unknown>, option: string): ValuesTree {
  const files: ValuesFile[] = [];
  const issues = new Map<string, string>();
  const others: string[] = [];
  const excused = new Set<string>();
  /** The files in folders with a wrong name, by the folder. */
  const wrong = new Map<string, ValuesFile[]>();
  const found = listFilesBelow(root, { issues, others });
  for (const { path, relative } of found) {
    if (relative.length === 0) throw new CommandError(`${option} must be a directory; got the file ${path}`);
    const extension = extname(path);
    const [namespace, target, name, ...rest] = relative;
    if (extension === '.yml') {
      issues.set(path, escapeControlChars(`Invalid file ${path}: expected .yaml, found .yml; rename it`));
      if (target === DEFAULT_TARGET) excused.add(namespace ?? '');
    } else if (extension !== '.yaml') {
      others.push(path);
    } else if (namespace === undefined || target === undefined || name === undefined || rest.length > 0) {
      const tests = relative.length === 2 ? adviseOnTests(path) : '';
      const expected = `expected namespace/target/file.yaml below ${root}`;
      issues.set(path, escapeControlChars(`Invalid directory structure in ${path}: ${expected}${tests}`));
    } else if (checkNamespaceName(target) !== undefined || !namespaces.has(namespace)) {
      const folder = checkNamespaceName(target) === undefined ? namespace : `${namespace}/${target}`;
      wrong.set(folder, [...(wrong.get(folder) ?? []), { path, namespace, target }]);
    } else {
      files.push({ path, namespace, target });
    }
  }
  const meant = files.length === 0 ? findRoots(root, found, namespaces) : [];
  if (meant.length > 0) {
    const what = `no file of ${root} is at NAMESPACE/TARGET/FILE.yaml with a namespace that has a schema`;
    throw new CommandError(
      escapeControlChars(`${option}: ${what}; did you mean ${meant.map((path) => `${option} ${path}`).join(' or ')}?`),
    );
  }
  for (const inFolder of wrong.values()) {
    const [{ path, namespace, target } = { path: '', namespace: '', target: '' }, ...more] = inFolder;
    const issue = checkNamespaceName(target);
    const rest = more.length === 0 ? '' : ` ${formatRest(more.length)}`;
    if (issue !== undefined) {
      issues.set(path, escapeControlChars(`Invalid target name '${target}': ${issue}, in file ${path}${rest}`));
      continue;
    }
    const [similar] = similarNames(namespace, [...namespaces.keys()]);
    if (similar !== undefined && inFolder.some((file) => file.target === DEFAULT_TARGET)) excused.add(similar);
    const advice = similar === undefined ? ADD_SCHEMA : ` Did you mean '${similar}'?`;
    const message = `Unknown namespace '${namespace}' in file ${path}${rest}. No schema found for this namespace.`;
    issues.set(path, escapeControlChars(message + advice));
  }
  return { files, issues, others, excused };
}

/**
 * Returns the directory below or above which most of the files found are values of known namespaces, and others at the
 * same depth: which one is meant, such as beside a checkout of the base, only the user knows. Deeper ones are copies.
 */
function findRoots(
  given: string,
  found: readonly Found[],
  namespaces: ReadonlyMap<string, unknown>,
): readonly string[] {
  const counts = new Map<string, number>();
  for (const { path } of found) {
    const folder = dirname(dirname(resolve(path)));
    if (extname(path) !== '.yaml' || !namespaces.has(basename(folder))) continue;
    const root = dirname(folder);
    if (root !== resolve(given)) counts.set(root, (counts.get(root) ?? 0) + 1);
  }
  const roots = [...counts].sort(([a, x], [b, y]) => y - x || a.length - b.length).map(([root]) => root);
  const depth = (path: string): number => path.split('/').length;
  return roots
    .filter((root) => depth(root) === depth(roots[0] as string))
    .slice(0, MAX_LISTED)
    .map((root) => (isAbsolute(given) ? root : relativePath('', root) || '.'))
    .sort();
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

/** Returns the first file of values of a target, or else of `default`; undefined if there is none. */
export function findFileOf(root: string, namespace: string, target: string): string | undefined {
  for (const folder of [target, DEFAULT_TARGET]) {
    const directory = `${root.replace(/\/$/, '')}/${namespace}/${folder}`;
    const names = listFiles(directory).filter((name) => extname(name) === '.yaml' && !isTestFile(name));
    if (names[0] !== undefined) return `${directory}/${names[0]}`;
  }
  return undefined;
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
