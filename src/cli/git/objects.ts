/**
 * Reads objects from git's object store, many in one call, their sizes before their contents. Runs in the command
 * line's main thread.
 */
import { CommandError } from '../terminal/errors.js';
import type { Git } from './git.js';
import { type GitLimits, LIMIT_VARIABLES, MAX_FOLDERS, maxSchemaBytes, maxSchemasBytes } from './limits.js';

/**
 * An object; for a symbolic link that leads out of the tree or to nothing, its `type` tells why git did not follow it.
 */
export interface GitObject {
  /** '' for a link. */
  readonly id: string;
  /** `blob`, `tree`, `commit` or `tag`; for a link `symlink`, `dangling`, `loop` or `notdir`. */
  readonly type: string;
  /** The size of the content, in bytes. */
  readonly size: number;
}

/** An entry of a tree. */
export interface TreeEntry {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

const LINE_FEED = 0x0a;
/** The largest list of entries of a directory, and of answers about objects, in bytes. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;
/** The length of the line before each object, at most. */
const HEADER_BYTES = 100;
/** The number of names in one call: far below the limits for arguments. */
const NAMES_PER_CALL = 500;

/**
 * Returns the objects at `places`, in the same order, without their contents; undefined for a missing one. Follows
 * symbolic links within the tree.
 *
 * @param places `TREE:path`, without line breaks
 * @throws {CommandError} if git fails
 */
export async function describeObjects(git: Git, places: readonly string[]): Promise<(GitObject | undefined)[]> {
  const { isOk, stdout, stderr } = await git.run(['cat-file', '--batch-check', '--follow-symlinks'], {
    input: places.map((place) => `${place}\n`).join(''),
    output: { maxBytes: MAX_LIST_BYTES, what: 'the list of schemas' },
  });
  if (!isOk) throw new CommandError(`git cat-file failed: ${stderr}`);
  let at = 0;
  return places.map(() => {
    const end = stdout.indexOf(LINE_FEED, at);
    const header = stdout.toString('utf8', at, end);
    at = end + 1;
    const match = /^(?:([0-9a-f]+) (blob|tree|commit|tag)|(symlink|dangling|loop|notdir)) (\d+)$/.exec(header);
    if (match === null) return undefined;
    const [, id = '', type = match[3] as string, , digits] = match;
    const size = Number(digits);
    // If git did not follow a link, its target is in the next line.
    if (id === '') at += size + 1;
    return { id, type, size };
  });
}

/**
 * Returns the contents of `blobs`, in the same order, without any filter.
 *
 * @throws {CommandError} if git fails
 */
export async function readBlobs(git: Git, blobs: readonly GitObject[]): Promise<Buffer[]> {
  const maxBytes = blobs.reduce((sum, { size }) => sum + size + HEADER_BYTES, 0);
  const { isOk, stdout, stderr } = await git.run(['cat-file', '--batch'], {
    input: blobs.map(({ id }) => `${id}\n`).join(''),
    output: { maxBytes, what: 'the content of the schemas' },
  });
  if (!isOk) throw new CommandError(`git cat-file failed: ${stderr}`);
  let at = 0;
  return blobs.map(({ id, size }) => {
    const begin = stdout.indexOf(LINE_FEED, at) + 1;
    if (!stdout.toString('latin1', at, begin).startsWith(`${id} blob ${size}\n`)) {
      throw new CommandError(`git cat-file failed: the object ${id} cannot be read`);
    }
    at = begin + size + 1;
    return stdout.subarray(begin, begin + size);
  });
}

/**
 * Returns the directories in the tree `id`.
 *
 * @param path the tree's path, for messages
 * @throws {CommandError} if git fails, or if there are too many
 */
export async function listFolders(git: Git, id: string, path: string): Promise<readonly TreeEntry[]> {
  const entries = await listTree(git, id, path, []);
  const folders = entries.filter(({ type }) => type === 'tree');
  if (folders.length <= MAX_FOLDERS) return folders;
  throw new CommandError(
    `${path} must have at most ${MAX_FOLDERS} directories; got ${folders.length}. Is it the schemas directory?`,
  );
}

/**
 * Returns the entries of the tree `id` at `paths`, without the missing ones. A symbolic link is a blob.
 *
 * @param path the tree's path, for messages
 * @throws {CommandError} if git fails
 */
export async function findEntries(
  git: Git,
  id: string,
  path: string,
  paths: readonly string[],
): Promise<readonly TreeEntry[]> {
  const found: TreeEntry[] = [];
  for (let at = 0; at < paths.length; at += NAMES_PER_CALL) {
    found.push(...(await listTree(git, id, path, paths.slice(at, at + NAMES_PER_CALL))));
  }
  return found;
}

async function listTree(git: Git, id: string, path: string, paths: readonly string[]): Promise<readonly TreeEntry[]> {
  const { isOk, stdout, stderr } = await git.run(
    // By the tree's id and literal paths: in a pathspec, some characters have a meaning.
    ['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', id, '--', ...paths],
    { output: { maxBytes: MAX_LIST_BYTES, what: `the list of entries of ${path}` } },
  );
  if (!isOk) throw new CommandError(`git ls-tree failed for ${path}: ${stderr}`);
  return stdout
    .toString()
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [, type = '', blob = ''] = line.slice(0, line.indexOf('\t')).split(' ');
      return { type, id: blob, name: line.slice(line.indexOf('\t') + 1) };
    });
}

/** Returns what is wrong with the size of a schema in a commit; undefined if nothing is. */
export function describeSize({ size }: GitObject, limits: GitLimits): string | undefined {
  const max = maxSchemaBytes(limits);
  if (size <= max) return undefined;
  return (
    `must have at most ${max} bytes; got ${size}. Remove what no service reads, split the namespace, or raise ` +
    `${LIMIT_VARIABLES.schemas} (MiB), of which a schema may have a quarter, at most 8 MiB`
  );
}

/** Returns what is wrong with the sizes of all schemas together; undefined if nothing is. */
export function describeTotalSize(objects: readonly GitObject[], limits: GitLimits): string | undefined {
  const total = objects.reduce((sum, { size }) => sum + size, 0);
  const max = maxSchemasBytes(limits);
  if (total <= max) return undefined;
  return (
    `all schemas of a commit together must have at most ${max} bytes; got ${total} in ${objects.length} schemas. ` +
    `If you trust the repository, raise ${LIMIT_VARIABLES.schemas} (MiB)`
  );
}
