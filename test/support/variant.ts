/** Builds a copy of the library with edited sources, for failures that tests cannot cause from outside. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { type Edit, makeVariant } from './make-variant.mjs';

export type { Edit } from './make-variant.mjs';

/** The directories of the variants of this test file, by their edits. */
const variants = new Map<string, Promise<string>>();

afterAll(async () => {
  for (const variant of variants.values()) rmSync(await variant, { recursive: true, force: true });
});

/**
 * Builds the library with `edits`, once for all tests of the file.
 *
 * @returns a function from a file name to the URL of that fixture in the variant, for `runScript`
 */
export async function buildVariant(...edits: readonly Edit[]): Promise<(fixture: string) => string> {
  const key = JSON.stringify(edits);
  const variant = variants.get(key) ?? build(edits);
  variants.set(key, variant);
  const directory = await variant;
  return (fixture) => pathToFileURL(join(directory, 'test/fixtures', fixture)).href;
}

async function build(edits: readonly Edit[]): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-variant-'));
  await makeVariant(directory, edits);
  return directory;
}
