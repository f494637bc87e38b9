/** Bundles TypeScript into a script for `new Worker(script, { eval: true })`. */

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const texts = new Map<string, Promise<string>>();

/**
 * Bundles the module at `entry` (absolute, or relative to the repository's root) and all its imports into one CommonJS
 * script that needs only Node. Builds once per process; rejects with esbuild's messages if it does not compile.
 */
export function bundleText(entry: string): Promise<string> {
  let text = texts.get(entry);
  if (text === undefined) {
    text = bundle(entry);
    texts.set(entry, text);
  }
  return text;
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote no output for ${entry}`);
  return output.text;
}
