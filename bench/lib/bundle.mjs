/** Code of the library's own rooms, or of a thread, as one text. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * The module at `entry` (beside this file) with all that it imports, by the bundler and with the settings of the
 * library's own thread. `cjs` is for `new Worker(text, { eval: true })`.
 */
export async function bundleText(entry, format = 'cjs') {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    format,
    minify: true,
    keepNames: true,
    write: false,
  });
  return result.outputFiles[0].text;
}

/** The same module, imported. */
export async function importBundled(entry) {
  const text = await bundleText(entry, 'esm');
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}
