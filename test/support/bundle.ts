/** Makes a worker thread's text from TypeScript, for `new Worker(text, { eval: true })`. */

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const texts = new Map<string, Promise<string>>();

/**
 * The module at `entry` (a path from the repository's root, or absolute) and all that it imports, as one CommonJS text
 * that needs nothing but Node. Built once in a process; rejects with esbuild's messages where it does not compile.
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
  if (output === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return output.text;
}
