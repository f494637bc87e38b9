/** Copies of the built library with changed code, to measure what a part of it costs. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Imports a copy of the built library. Call `remove` when it is no longer needed.
 *
 * @param edits pairs of a text, which exactly one place of the bundle has, and what replaces it
 * @param entries the files to import; the result has the exports of all of them
 */
export async function importEdited(edits, entries = ['index.js']) {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  const dist = join(directory, 'dist');
  cpSync(join(ROOT, 'dist'), dist, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const used = findImported(dist, entries);
  for (const [text, replacement] of edits) {
    const found = used.filter((file) => readFileSync(file, 'utf8').includes(text));
    if (found.length !== 1) throw new Error(`dist must have one place with ${text}; got ${found.length}`);
    const [file] = found;
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(text, () => replacement),
    );
  }
  const library = {};
  for (const entry of entries) Object.assign(library, await import(pathToFileURL(join(dist, entry)).href));
  return { library, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** Lists the files that `entries` import: `dist/chunks/` may have others, of a former build. */
function findImported(dist, entries) {
  const chunks = readdirSync(join(dist, 'chunks')).map((name) => join(dist, 'chunks', name));
  const files = new Set(entries.map((entry) => join(dist, entry)));
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    for (const chunk of chunks) if (text.includes(`/${chunk.split('/').at(-1)}"`)) files.add(chunk);
  }
  return [...files];
}
