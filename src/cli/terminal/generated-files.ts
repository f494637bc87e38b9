/** Writes files that are made from schemas, or checks that they are up to date. Runs in the command line's main thread. */
import { readFileSync } from 'node:fs';
import { CommandError } from './errors.js';
import type { Output } from './output.js';
import { writeFiles } from './write-files.js';

/**
 * Writes those of the files that are not up to date. With `isCheck`, writes nothing.
 *
 * @param texts contents by path
 * @param command the words of the command line that writes the files
 * @returns how many files were not up to date
 * @throws {CommandError} if a file cannot be written; with `isCheck`, if one is not up to date
 */
export async function writeGenerated(
  texts: ReadonlyMap<string, string>,
  { isCheck, command, output }: { isCheck: boolean; command: readonly string[]; output: Output },
): Promise<number> {
  const stale = new Map<string, string>();
  const reasons: string[] = [];
  for (const [path, text] of texts) {
    const known = read(path);
    // Git may have checked the file out with CRLF line ends.
    if (known?.replaceAll('\r\n', '\n') === text) continue;
    stale.set(path, text);
    reasons.push(`${path} ${known === undefined ? 'does not exist' : 'is not up to date with the schemas'}`);
  }
  if (isCheck && stale.size > 0) {
    const what = texts.size === 1 ? 'the file' : 'the files';
    const line = command.map(quote).join(' ');
    throw new CommandError(`${reasons.join('; ')}. Run this command and commit ${what}:\n  ${line}`);
  }
  if (stale.size > 0) await writeFiles(stale, output);
  return stale.size;
}

/** Returns the content of the file at `path`; undefined if it does not exist. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(`${path} cannot be read (${(error as Error).message})`, { cause: error });
  }
}

/** Quotes `text` as one word of a shell. */
function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
