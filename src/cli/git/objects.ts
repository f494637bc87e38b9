/** Objects out of git's store, many with one call. Runs in the command line. */
import { CommandError } from '../terminal/errors.js';
import { git } from './git.js';

/** An object, or what a link came to: `type` is `symlink`, `dangling`, `loop` or `notdir` then. */
export interface GitObject {
  /** '' for a link. */
  readonly id: string;
  readonly type: string;
  readonly content: Buffer;
}

const LINE_END = 0x0a;

/**
 * The objects at `places` (`TREE:path`, without line ends), in their order; undefined for one that is missing. Links
 * are followed as long as they stay in the tree.
 *
 * @throws {CommandError} where git fails
 */
export async function readObjects(places: readonly string[]): Promise<(GitObject | undefined)[]> {
  const { isOk, stdout, stderr } = await git(['cat-file', '--batch', '--follow-symlinks'], {
    input: places.map((place) => `${place}\n`).join(''),
  });
  if (!isOk) throw new CommandError(`Git command failed: git cat-file failed: ${stderr}`);
  let at = 0;
  return places.map(() => {
    const end = stdout.indexOf(LINE_END, at);
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
