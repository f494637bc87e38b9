/** A copy of the package with a fault put into its source, for what cannot be brought about from outside. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from './base.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['package.json', 'esbuild.config.mjs', 'src', 'workers', 'test/fixtures'];

/** One place in one file: `from` has to stand there exactly once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Builds the package with `edits` in a directory of its own, which is removed when the test has finished.
 *
 * @returns the address of one of its `test/fixtures/`, for `runScript`: there `sentry-options` is the variant
 */
export async function buildVariant(...edits: readonly Edit[]): Promise<(fixture: string) => string> {
  const directory = temporaryDirectory();
  for (const path of COPIED) cpSync(join(ROOT, path), join(directory, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const { file, from, to } of edits) {
    const path = join(directory, file);
    const parts = readFileSync(path, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places of: ${from}`);
    writeFileSync(path, parts.join(to));
  }
  await promisify(execFile)(process.execPath, ['esbuild.config.mjs'], { cwd: directory });
  return (fixture) => pathToFileURL(join(directory, 'test/fixtures', fixture)).href;
}
