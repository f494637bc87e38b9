/** Builds a copy of the library with edits in its sources. For commands, and through `variant.ts` for tests. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['package.json', 'esbuild.config.mjs', 'src', 'workers', 'test/fixtures'];

/** Copies the library to `directory`, applies `edits`, and builds it. */
export async function makeVariant(directory, edits) {
  for (const path of COPIED) cpSync(join(ROOT, path), join(directory, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const [file, text] of applyEdits(edits)) writeFileSync(join(directory, file), text);
  await promisify(execFile)(process.execPath, ['esbuild.config.mjs', '--library'], { cwd: directory });
}

/** Returns the texts of the sources that `edits` change, by their paths. Throws unless each finds its place exactly once. */
export function applyEdits(edits) {
  const texts = new Map();
  for (const { file, from, to } of edits) {
    const parts = (texts.get(file) ?? readFileSync(join(ROOT, file), 'utf8')).split(from);
    if (parts.length !== 2)
      throw new Error(`${file} must contain this string once; got ${parts.length - 1} times: ${from}`);
    texts.set(file, parts.join(to));
  }
  return texts;
}
