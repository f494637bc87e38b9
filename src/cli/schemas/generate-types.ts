/** Writing the declarations of a directory's schemas, or telling that they are not up to date. Runs in the command line. */
import { readFileSync } from 'node:fs';
import { CommandError } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { writeFiles } from '../terminal/write-files.js';
import { generateDeclarations } from './declarations.js';
import { readSchemas } from './read.js';

/**
 * Writes the declarations to the file `out`, or to stdout where there is none. With `isCheck` nothing is written.
 *
 * @throws {CommandError} where the schemas are faulty, or, with `isCheck`, where `out` is not up to date
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
  // A checkout may have other line ends.
  if (known?.replaceAll('\r\n', '\n') === text) {
    output.info('Types are up to date', { path: out });
    return;
  }
  if (isCheck) {
    const command = `sentry-options generate-types --schemas ${quote(schemas)} --out ${quote(out)}`;
    const problem = known === undefined ? 'does not exist' : 'is not what the schemas say now';
    throw new CommandError(`${out} ${problem}. Run this, and commit what it writes:\n  ${command}`);
  }
  await writeFiles(new Map([[out, text]]));
  output.info('Wrote types', { path: out });
}

/** The text of the file at `path`; undefined where there is none. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError(`${path} cannot be read (${(error as Error).message})`, { cause: error });
  }
}

/** `text` as a shell takes it for one word. */
function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
