/** The library without the code that counts evaluations: what `has` would cost if nobody wanted to know what is used. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The function of `src/features/counter.ts`, as it is in the bundle. */
const COUNT = 'function count(counter, isOn) {\n';

/** Imports a copy of the built library whose `count` does nothing. Call `remove` when it is no longer needed. */
export async function importUncounted() {
  const directory = mkdtempSync(join(tmpdir(), 'sentry-options-bench-'));
  const dist = join(directory, 'dist');
  cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), dist, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }');
  const files = ['index.js', ...readdirSync(join(dist, 'chunks')).map((name) => join('chunks', name))];
  const found = files.map((name) => join(dist, name)).filter((file) => readFileSync(file, 'utf8').includes(COUNT));
  if (found.length !== 1) throw new Error(`dist must have one function count; got ${found.length}`);
  const [file] = found;
  writeFileSync(file, readFileSync(file, 'utf8').replace(COUNT, `${COUNT}  return;\n`));
  const library = await import(pathToFileURL(join(dist, 'index.js')).href);
  return { library, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
