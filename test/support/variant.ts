/** A copy of the package with a issue put into its source, for what cannot be brought about from outside. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from './base.js';
import { type Edit, makeVariant } from './make-variant.mjs';

export type { Edit } from './make-variant.mjs';

/**
 * Builds the package with `edits` in a directory of its own, which is removed when the test has finished.
 *
 * @returns the address of one of its `test/fixtures/`, for `runScript`: there `sentry-options` is the variant
 */
export async function buildVariant(...edits: readonly Edit[]): Promise<(fixture: string) => string> {
  const directory = temporaryDirectory();
  await makeVariant(directory, edits);
  return (fixture) => pathToFileURL(join(directory, 'test/fixtures', fixture)).href;
}
