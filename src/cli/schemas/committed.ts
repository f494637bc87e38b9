/**
 * Reads the schemas of a commit from git's object store. It writes no file, and ignores the work tree. Runs in the
 * command line's main thread.
 */

import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { compareCodePoints } from '../../common/text.js';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import { checkNamespaceName } from '../../schema/namespace-name.js';
import type { Git } from '../git/git.js';
import type { GitLimits } from '../git/limits.js';
import {
  describeObjects,
  describeSize,
  describeTotalSize,
  type GitObject,
  listFolders,
  readBlobs,
} from '../git/objects.js';
import { CommandError } from '../terminal/errors.js';

/** The schema of one namespace, as committed. */
export interface CommittedSchema {
  readonly namespace: string;
  /** The place in the form that `git show` accepts: `COMMIT:sentry-options/schemas/shop/schema.json`. */
  readonly file: string;
  /** The id of the file in git; '' if there is none. */
  readonly id: string;
  /** The schema's bytes, or the reason why there are none. */
  readonly source: Buffer | { readonly issue: string };
}

/** A version of the repository. */
export interface Revision {
  /** The id of the commit. */
  readonly id: string;
  /** The id of the commit's tree. */
  readonly tree: string;
}

/**
 * Matches what `git fetch` does not take as a name: an option, a pattern, a refspec that creates branches, or a revision
 * relative to a name, such as `main~1`, or a range.
 */
const NOT_A_NAME = /^[-+]|[:*\s~^?[\\]|@\{|\.\.|^$/;

/** Matches a revision relative to a name, or in its past. */
const RELATIVE = /^[\w./-]+(?:[~^]|@\{)[\d{}~^]*$/;

/** Matches the beginning of a SHA, which no server knows. */
const SHORT_SHA = /^[\da-f]{4,39}$/i;

/**
 * Fetches the commit, branch or tag `name` from `origin`, and returns what was fetched.
 *
 * What this repository knows by the same name may be older: so we never ask it for `name`. Git keeps the commit under a
 * name of our own until we know its id. FETCH_HEAD would not do: another fetch may write it meanwhile.
 *
 * @throws {CommandError} if `name` is not a name, or git cannot fetch it; with git's message
 */
export async function fetchRevision(git: Git, name: string): Promise<Revision> {
  if (NOT_A_NAME.test(name)) {
    const advice = RELATIVE.test(name) ? `. Write the SHA that \`git rev-parse ${name}\` prints` : '';
    throw new CommandError(
      `Git command failed: Failed to fetch ${name}: '${name}' must be a commit SHA, a branch or a tag${advice}`,
    );
  }
  const ref = `refs/sentry-options/${randomUUID()}`;
  const flags = ['--no-tags', '--no-recurse-submodules', '--refmap='];
  return await git.deleteRefAfter(ref, async () => {
    const { isOk, stderr } = await git.run(['fetch', ...flags, 'origin', `${name}:${ref}`]);
    // Git quotes the refspec; the user has written only its first part.
    const reason = stderr.replaceAll(`:${ref}`, '');
    if (!isOk) throw new CommandError(`Git command failed: Failed to fetch ${name}: ${describeFailure(name, reason)}`);
    const [id = '', tree = ''] = (await ask(git, ['rev-parse', `${ref}^{}`, `${ref}^{tree}`])).split('\n');
    return { id, tree };
  });
}

/** Returns git's `reason`, and what to do about a name that `origin` does not have. */
function describeFailure(name: string, reason: string): string {
  // Git says that twice, in words of its protocol.
  if (/not our ref/.test(reason)) return 'origin has no such commit. Push a branch with it, or correct the SHA';
  if (!/couldn't find remote ref/.test(reason)) return reason;
  if (SHORT_SHA.test(name)) return `${reason}. Give all 40 digits of the SHA (\`git rev-parse ${name}\`), or a branch`;
  return `${reason}. Push it to origin, or correct the name`;
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
export async function locateSchemas(git: Git, path: string, revisions: readonly Revision[]): Promise<string> {
  const prefix = await ask(git, ['rev-parse', '--show-prefix']);
  const here = await fromRoot(git, path, prefix);
  if (prefix === '' || posix.isAbsolute(path)) return here;
  const atRoot = await fromRoot(git, path, '').catch(() => here);
  for (const candidate of [here, atRoot]) {
    for (const { tree } of revisions) if ((await findTree(git, tree, candidate)) !== undefined) return candidate;
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
  git: Git,
  { id, tree }: Revision,
  path: string,
  written: string,
): Promise<CommittedSchema[]> {
  const directory = await findTree(git, tree, path);
  if (directory === undefined) return [];
  // Skips files and symbolic links, as in a directory on the disk.
  const folders = await listFolders(git, directory, `${id}:${path}`);
  const schemas = folders
    .map((entry) => ({
      namespace: entry.name,
      place: posix.join(path, entry.name, SCHEMA_FILE),
      issue: checkNamespaceName(entry.name),
    }))
    .sort((a, b) => compareCodePoints(a.namespace, b.namespace));
  // Reads a linked schema if the link's target is in the commit. Does not ask git for an invalid namespace name.
  const places = schemas.filter(({ issue }) => issue === undefined).map(({ place }) => `${tree}:${place}`);
  const objects = await describeObjects(git, places);
  const contents = await readContents(git, objects, `${id}:${path}`);
  const found = objects.values();
  return schemas.map(({ namespace, place, issue }) => {
    const file = `${id}:${place}`;
    if (issue !== undefined) return { namespace, file, id: '', source: describeInvalidName(namespace, issue) };
    const object = found.next().value;
    return {
      namespace,
      file,
      id: object?.id ?? '',
      source: findSource(object, contents, namespace, written, git.limits),
    };
  });
}

/** Returns the contents of the schemas among `objects`, by object; without those that are too large. */
async function readContents(
  git: Git,
  objects: readonly (GitObject | undefined)[],
  directory: string,
): Promise<ReadonlyMap<GitObject, Buffer>> {
  const blobs = objects.filter((object) => object?.type === 'blob' && describeSize(object, git.limits) === undefined);
  const readable = blobs as readonly GitObject[];
  const issue = describeTotalSize(readable, git.limits);
  if (issue !== undefined) throw new CommandError(`Schema error in ${directory}: ${issue}`);
  const contents = await readBlobs(git, readable);
  return new Map(readable.map((object, index) => [object, contents[index] as Buffer]));
}

function findSource(
  object: GitObject | undefined,
  contents: ReadonlyMap<GitObject, Buffer>,
  namespace: string,
  written: string,
  limits: GitLimits,
): CommittedSchema['source'] {
  if (object?.type === 'blob') return contents.get(object) ?? { issue: describeSize(object, limits) ?? '' };
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
async function fromRoot(git: Git, path: string, prefix: string): Promise<string> {
  if (path.includes('\n'))
    throw new CommandError(`The path of the schemas must be on one line; got ${JSON.stringify(path)}`);
  // A work tree has a root on the disk. A bare repository has none, so that no absolute path leads into it.
  const absolute = posix.isAbsolute(path)
    ? posix.relative(await ask(git, ['rev-parse', '--show-toplevel']), path)
    : path;
  const full = posix.normalize(posix.join(posix.isAbsolute(path) ? '' : prefix, absolute)).replace(/\/$/, '');
  if (full === '..' || full.startsWith('../')) {
    throw new CommandError(`Git command failed: ${path} is outside the repository`);
  }
  return full === '.' ? '' : full;
}

/**
 * Returns the id of the directory `path` of `tree`; undefined if it is missing.
 *
 * @throws {CommandError} if `path` is not a directory
 */
async function findTree(git: Git, tree: string, path: string): Promise<string | undefined> {
  const [found] = await describeObjects(git, [`${tree}:${path}`]);
  if (found === undefined) return undefined;
  if (found.type === 'tree') return found.id;
  throw new CommandError(
    `Git command failed: ${path} must be a directory; got a ${found.type === 'blob' ? 'file' : found.type}`,
  );
}

/** @returns the stdout of git, without its final line break */
async function ask(git: Git, args: readonly string[]): Promise<string> {
  const { isOk, stdout, stderr } = await git.run(args);
  if (!isOk) throw new CommandError(`Git command failed: ${stderr}`);
  // Removes only the line break: the name of a directory may end with a space.
  return stdout.toString().replace(/\n$/, '');
}
