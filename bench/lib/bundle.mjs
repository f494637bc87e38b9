/** Bundles the library's own modules, or a thread, into one string. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Bundles the module at `entry` (beside this file) with everything that it imports, with the bundler and the settings
 * of the library's own thread. `cjs` is for `new Worker(text, { eval: true })`.
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

/** Bundles the module at `entry` and imports the bundle. */
export async function importBundled(entry) {
  const text = await bundleText(entry, 'esm');
  return import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
}
