/**
 * Writes the declarations of a directory's schemas, or checks that they are up to date. Runs in the command line's main
 * thread.
 */
import { readFileSync } from 'node:fs';
import { CommandError } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { writeFiles } from '../terminal/write-files.js';
import { generateDeclarations } from './declarations.js';
import { readSchemas } from './read.js';

/**
 * Writes the declarations to the file `out`, or to stdout if `out` is undefined. Writes nothing if `isCheck`.
 *
 * @throws {CommandError} if a schema is invalid; with `isCheck`, also if `out` is not up to date
 */
export async function generateTypes(
  schemas: string,
  { out, isCheck, output }: { out: string | undefined; isCheck: boolean; output: Output },
): Promise<void> {
  const text = generateDeclarations(readSchemas(schemas, output).values());
  if (out === undefined) {
    await output.data(text);
    return;
  }
  const known = read(out);
  // Git may have checked the file out with CRLF line ends.
  if (known?.replaceAll('\r\n', '\n') === text) {
    output.info('Types are up to date', { path: out });
    return;
  }
  if (isCheck) {
    const command = `sentry-options generate-types --schemas ${quote(schemas)} --out ${quote(out)}`;
    const reason = known === undefined ? 'does not exist' : 'is not up to date with the schemas';
    throw new CommandError(`${out} ${reason}. Run this command and commit the file:\n  ${command}`);
  }
  await writeFiles(new Map([[out, text]]), output);
  output.info('Wrote types', { path: out });
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
