/**
 * Writes the declarations of a directory's schemas, or checks that they are up to date. Runs in the command line's main
 * thread.
 */
import { writeGenerated } from '../terminal/generated-files.js';
import type { Output } from '../terminal/output.js';
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
  const command = ['sentry-options', 'generate-types', '--schemas', schemas, '--out', out];
  const written = await writeGenerated(new Map([[out, text]]), { isCheck, command, output });
  output.info(written === 0 ? 'Types are up to date' : 'Wrote types', { path: out });
}
