/** Reads objects from git's object store, many in one call. Runs in the command line's main thread. */
import { CommandError } from '../terminal/errors.js';
import { git } from './git.js';

/**
 * An object; for a symbolic link that leads out of the tree or to nothing, its `type` tells why git did not follow it.
 */
export interface GitObject {
  /** '' for a link. */
  readonly id: string;
  /** `blob`, `tree`, `commit` or `tag`; for a link `symlink`, `dangling`, `loop` or `notdir`. */
  readonly type: string;
  readonly content: Buffer;
}

const LINE_FEED = 0x0a;

/**
 * Returns the objects at `places`, in the same order; undefined for a missing one. Follows symbolic links within the
 * tree.
 *
 * @param places `TREE:path`, without line breaks
 * @throws {CommandError} if git fails
 */
export async function readObjects(places: readonly string[]): Promise<(GitObject | undefined)[]> {
  const { isOk, stdout, stderr } = await git(['cat-file', '--batch', '--follow-symlinks'], {
    input: places.map((place) => `${place}\n`).join(''),
  });
  if (!isOk) throw new CommandError(`Git command failed: git cat-file failed: ${stderr}`);
  let at = 0;
  return places.map(() => {
    const end = stdout.indexOf(LINE_FEED, at);
    const header = stdout.toString('utf8', at, end);
    at = end + 1;
    const match = /^(?:([0-9a-f]+) (blob|tree|commit|tag)|(symlink|dangling|loop|notdir)) (\d+)$/.exec(header);
    if (match === null) return undefined;
    const [, id = '', type = match[3] as string, , size] = match;
    const content = stdout.subarray(at, at + Number(size));
    at += content.length + 1;
    return { id, type, content };
  });
}
