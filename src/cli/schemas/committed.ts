/**
 * The schemas of a commit, read out of git's own store: no file is written, and nothing of the work tree is looked at.
 * Runs in the command line.
 */

import { posix } from 'node:path';
import { compareCodePoints } from '../../common/text.js';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { checkNamespaceName } from '../../schema/namespace-name.js';
import { git } from '../git/git.js';
import { type GitObject, readObjects } from '../git/objects.js';
import { CommandError } from '../terminal/errors.js';

/** One namespace of a commit. */
export interface CommittedSchema {
  readonly namespace: string;
  /** Where it is, as `git show` takes it: `COMMIT:sentry-options/schemas/shop/schema.json`. */
  readonly file: string;
  /** The schema's bytes, or why there are none. */
  readonly source: Buffer | { readonly issue: string };
}

/** A version of the repository. */
interface Revision {
  /** As the user called it. */
  readonly name: string;
  /** Its tree's id. */
  readonly tree: string;
}

/** What would be something else than a name to `git fetch`: an option, or where to put what was fetched. */
const NO_NAME = /^[-+^]|[:*\s]|^$/;

/**
 * Fetches the commit, branch or tag `name` from `origin`.
 *
 * @throws {CommandError} with git's own words
 */
export async function fetchRevision(name: string): Promise<void> {
  if (NO_NAME.test(name)) {
    throw new CommandError(
      `Git command failed: Failed to fetch ${name}: '${name}' is no SHA of a commit, and no name of a branch or tag`,
    );
  }
  const { isOk, stderr } = await git(['fetch', 'origin', name]);
  if (!isOk) throw new CommandError(`Git command failed: Failed to fetch ${name}: ${stderr}`);
}

/**
 * What `name`, which was fetched, stands for in this repository.
 *
 * @throws {CommandError} where it stands for nothing here
 */
export async function resolveRevision(name: string): Promise<Revision> {
  const { isOk, stdout, stderr } = await git(['rev-parse', '--verify', `${name}^{tree}`]);
  if (isOk) return { name, tree: stdout.toString().trim() };
  throw new CommandError(`Git command failed: ${name} is not known in this repository; give its SHA: ${stderr}`);
}

/**
 * The path, from the repository's root, of the directory `path`, which is relative to the current directory. Where none
 * of `revisions` has it there, but one has it relative to the root, that one: for who works in a subdirectory, "no
 * schemas" would be a wrong answer that passes.
 *
 * @throws {CommandError} where `path` leads out of the repository
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
 * The namespaces in the directory `path` of `revision`, by name; none where it is missing there.
 *
 * @throws {CommandError} where `path` is no directory
 */
export async function readCommitted({ name, tree }: Revision, path: string): Promise<CommittedSchema[]> {
  const entries = (await listTree(tree, path)) ?? [];
  // As in a directory on the disk: files and links are skipped.
  const namespaces = entries.filter(({ type }) => type === 'tree');
  const schemas = namespaces
    .map((entry) => ({
      namespace: entry.name,
      place: posix.join(path, entry.name, SCHEMA_FILE),
      issue: checkNamespaceName(entry.name),
    }))
    .sort((a, b) => compareCodePoints(a.namespace, b.namespace));
  // Linked schemas are read, as long as the link stays in the commit. A name that is no name is not asked for.
  const places = schemas.filter(({ issue }) => issue === undefined).map(({ place }) => `${tree}:${place}`);
  const objects = (await readObjects(places)).values();
  return schemas.map(({ namespace, place, issue }) => ({
    namespace,
    file: `${name}:${place}`,
    source: issue === undefined ? findSource(objects.next().value) : describeInvalidName(namespace, issue),
  }));
}

function findSource(object: GitObject | undefined): CommittedSchema['source'] {
  if (object?.type === 'blob') return object.content;
  if (object?.type === 'tree') return { issue: `${SCHEMA_FILE} is a directory, not a file` };
  if (object !== undefined) return { issue: `${SCHEMA_FILE} is a link to nothing in this commit` };
  return { issue: `There is no ${SCHEMA_FILE}; every folder here has to have one, so add it or remove the folder` };
}

function describeInvalidName(namespace: string, issue: string): CommittedSchema['source'] {
  return { issue: `Invalid namespace name '${namespace}': ${issue}` };
}

/** `path` with the repository's root as its beginning; '' for the root itself. */
async function fromRoot(path: string, prefix: string): Promise<string> {
  if (path.includes('\n')) throw new CommandError(`The path of the schemas has a line end: ${path}`);
  // A work tree has a root on the disk; a bare repository has none, and there is no absolute path into it.
  const absolute = posix.isAbsolute(path) ? posix.relative(await ask(['rev-parse', '--show-toplevel']), path) : path;
  const full = posix.normalize(posix.join(posix.isAbsolute(path) ? '' : prefix, absolute)).replace(/\/$/, '');
  if (full === '..' || full.startsWith('../')) {
    throw new CommandError(`Git command failed: ${path} is outside of the repository`);
  }
  return full === '.' ? '' : full;
}

interface TreeEntry {
  readonly type: string;
  readonly name: string;
}

/** What is in the directory `path` of `tree`; undefined where it is missing. */
async function listTree(tree: string, path: string): Promise<readonly TreeEntry[] | undefined> {
  // Asked for by its place and not by a pattern: no character of it means anything else than itself.
  const [found] = await readObjects([`${tree}:${path}`]);
  if (found === undefined) return undefined;
  if (found.type !== 'tree') throw new CommandError(`Git command failed: ${path} is no directory, but a ${found.type}`);
  const { isOk, stdout, stderr } = await git(['ls-tree', '-z', '--full-tree', found.id]);
  if (!isOk) throw new CommandError(`Git command failed: git ls-tree failed for ${path}: ${stderr}`);
  return stdout
    .toString()
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => ({ type: line.split(' ')[1] ?? '', name: line.slice(line.indexOf('\t') + 1) }));
}

async function ask(args: readonly string[]): Promise<string> {
  const { isOk, stdout, stderr } = await git(args);
  if (!isOk) throw new CommandError(`Git command failed: ${stderr}`);
  // Only the line's end: a directory's name may end in a blank.
  return stdout.toString().replace(/\n$/, '');
}
