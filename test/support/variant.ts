/** Builds a copy of the package with edited sources, for failures that tests cannot cause from outside. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from './base.js';
import { type Edit, makeVariant } from './make-variant.mjs';

export type { Edit } from './make-variant.mjs';

/**
 * Builds the package with `edits` in a directory that is removed when the test ends.
 *
 * @returns a function from a file name to the URL of that fixture in the variant, for `runScript`
 */
export async function buildVariant(...edits: readonly Edit[]): Promise<(fixture: string) => string> {
  const directory = temporaryDirectory();
  await makeVariant(directory, edits);
  return (fixture) => pathToFileURL(join(directory, 'test/fixtures', fixture)).href;
}
