/**
 * Reads the schemas of a commit from git's object store. It writes no file, and ignores the work tree. Runs in the
 * command line's main thread.
 */

import { posix } from 'node:path';
import { compareCodePoints } from '../../common/text.js';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { checkNamespaceName } from '../../schema/namespace-name.js';
import { git } from '../git/git.js';
import { type GitObject, readObjects } from '../git/objects.js';
import { CommandError } from '../terminal/errors.js';

/** The schema of one namespace, as committed. */
export interface CommittedSchema {
  readonly namespace: string;
  /** The place in the form that `git show` accepts: `COMMIT:sentry-options/schemas/shop/schema.json`. */
  readonly file: string;
  /** The schema's bytes, or the reason why there are none. */
  readonly source: Buffer | { readonly issue: string };
}

/** A version of the repository. */
interface Revision {
  /** The name that the user gave: a SHA, a branch or a tag. */
  readonly name: string;
  /** The id of the commit's tree. */
  readonly tree: string;
}

/** Matches what `git fetch` does not take as a name: an option, a pattern, or a refspec that creates branches. */
const NOT_A_NAME = /^[-+^]|[:*\s]|^$/;

/**
 * Fetches the commit, branch or tag `name` from `origin`.
 *
 * @throws {CommandError} if `name` is not a name, or git cannot fetch it; with git's message
 */
export async function fetchRevision(name: string): Promise<void> {
  if (NOT_A_NAME.test(name)) {
    throw new CommandError(
      `Git command failed: Failed to fetch ${name}: '${name}' must be a commit SHA, a branch or a tag`,
    );
  }
  const { isOk, stderr } = await git(['fetch', 'origin', name]);
  if (!isOk) throw new CommandError(`Git command failed: Failed to fetch ${name}: ${stderr}`);
}

/**
 * Resolves `name`, which must have been fetched, in this repository.
 *
 * @throws {CommandError} if this repository does not know `name`
 */
export async function resolveRevision(name: string): Promise<Revision> {
  const { isOk, stdout, stderr } = await git(['rev-parse', '--verify', `${name}^{tree}`]);
  if (isOk) return { name, tree: stdout.toString().trim() };
  throw new CommandError(
    `Git command failed: this repository has no commit, branch or tag ${name}; pass its SHA instead: ${stderr}`,
  );
}

/**
 * Returns the path of the schemas from the repository's root.
 *
 * If none of `revisions` has `path` below the current directory, but one has it below the root, returns that path: to a
 * user who works in a subdirectory, "no schemas" would be a wrong answer that passes.
 *
 * @param path relative to the current directory, or absolute
 * @throws {CommandError} if `path` leads out of the repository
 */
export async function locateSchemas(path: string, revisions: readonly Revision[]): Promise<string> {
  const prefix = await ask(['rev-parse', '--show-prefix']);
  const here = await fromRoot(path, prefix);
  if (prefix === '' || posix.isAbsolute(path)) return here;
  const atRoot = await fromRoot(path, '').catch(() => here);
  for (const candidate of [here, atRoot]) {
    for (const { tree } of revisions) if ((await listTree(tree, candidate)) !== undefined) return candidate;
  }
  return here;
}

/**
 * Returns the schemas in the directory `path` of a revision, sorted by namespace; none if the directory is missing.
 *
 * @param path from the repository's root
 * @param written the same directory as the user wrote it, for messages
 * @throws {CommandError} if `path` is not a directory
 */
export async function readCommitted(
  { name, tree }: Revision,
  path: string,
  written: string,
): Promise<CommittedSchema[]> {
  const entries = (await listTree(tree, path)) ?? [];
  // Skips files and symbolic links, as in a directory on the disk.
  const namespaces = entries.filter(({ type }) => type === 'tree');
  const schemas = namespaces
    .map((entry) => ({
      namespace: entry.name,
      place: posix.join(path, entry.name, SCHEMA_FILE),
      issue: checkNamespaceName(entry.name),
    }))
    .sort((a, b) => compareCodePoints(a.namespace, b.namespace));
  // Reads a linked schema if the link's target is in the commit. Does not ask git for an invalid namespace name.
  const places = schemas.filter(({ issue }) => issue === undefined).map(({ place }) => `${tree}:${place}`);
  const objects = (await readObjects(places)).values();
  return schemas.map(({ namespace, place, issue }) => ({
    namespace,
    file: `${name}:${place}`,
    source:
      issue === undefined
        ? findSource(objects.next().value, namespace, written)
        : describeInvalidName(namespace, issue),
  }));
}

function findSource(object: GitObject | undefined, namespace: string, written: string): CommittedSchema['source'] {
  if (object?.type === 'blob') return object.content;
  if (object?.type === 'tree') return { issue: `${SCHEMA_FILE} is a directory, not a file` };
  if (object !== undefined) return { issue: `${SCHEMA_FILE} is a symbolic link whose target is not in this commit` };
  if (namespace === 'schemas') return describeBaseDirectory(written);
  return { issue: `${SCHEMA_FILE} is missing; each directory here must have one, so add it or remove the directory` };
}

/** The most likely mistake: SENTRY_OPTIONS_DIR as all other commands and the services take it. */
function describeBaseDirectory(written: string): CommittedSchema['source'] {
  const schemas = posix.join(written, 'schemas');
  return {
    issue:
      `SENTRY_OPTIONS_DIR must be the schemas directory in this command; got '${written}', which looks like a base ` +
      `directory: it holds a folder 'schemas' without a ${SCHEMA_FILE}. Set SENTRY_OPTIONS_DIR to '${schemas}'`,
  };
}

function describeInvalidName(namespace: string, issue: string): CommittedSchema['source'] {
  return { issue: `Invalid namespace name '${namespace}': ${issue}` };
}

/**
 * Returns `path` relative to the repository's root; '' for the root itself.
 *
 * @param prefix the current directory, relative to the root
 * @throws {CommandError} if `path` leads out of the repository
 */
async function fromRoot(path: string, prefix: string): Promise<string> {
  if (path.includes('\n'))
    throw new CommandError(`The path of the schemas must be on one line; got ${JSON.stringify(path)}`);
  // A work tree has a root on the disk. A bare repository has none, so that no absolute path leads into it.
  const absolute = posix.isAbsolute(path) ? posix.relative(await ask(['rev-parse', '--show-toplevel']), path) : path;
  const full = posix.normalize(posix.join(posix.isAbsolute(path) ? '' : prefix, absolute)).replace(/\/$/, '');
  if (full === '..' || full.startsWith('../')) {
    throw new CommandError(`Git command failed: ${path} is outside the repository`);
  }
  return full === '.' ? '' : full;
}

interface TreeEntry {
  readonly type: string;
  readonly name: string;
}

/**
 * Returns the entries of the directory `path` of `tree`; undefined if it is missing.
 *
 * @throws {CommandError} if `path` is not a directory
 */
async function listTree(tree: string, path: string): Promise<readonly TreeEntry[] | undefined> {
  // By `TREE:PATH` and not by a pathspec, in which some characters have a meaning.
  const [found] = await readObjects([`${tree}:${path}`]);
  if (found === undefined) return undefined;
  if (found.type !== 'tree')
    throw new CommandError(
      `Git command failed: ${path} must be a directory; got a ${found.type === 'blob' ? 'file' : found.type}`,
    );
  const { isOk, stdout, stderr } = await git(['ls-tree', '-z', '--full-tree', found.id]);
  if (!isOk) throw new CommandError(`Git command failed: git ls-tree failed for ${path}: ${stderr}`);
  return stdout
    .toString()
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => ({ type: line.split(' ')[1] ?? '', name: line.slice(line.indexOf('\t') + 1) }));
}

/** @returns the stdout of git, without its final line break */
async function ask(args: readonly string[]): Promise<string> {
  const { isOk, stdout, stderr } = await git(args);
  if (!isOk) throw new CommandError(`Git command failed: ${stderr}`);
  // Removes only the line break: the name of a directory may end with a space.
  return stdout.toString().replace(/\n$/, '');
}
