/**
 * Command line of the torture test: `node test/torture/run.mjs --seconds 600`. Bundles the command and its threads,
 * because Node does not run TypeScript, and runs the command in this process.
 */

import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles the module at `entry` (beside this file) with everything that it imports; returns the source. */
async function bundle(entry, format) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format,
  });
  return outputFiles[0].text;
}

const [command, thread] = await Promise.all([bundle('cli.ts', 'esm'), bundle('thread.ts', 'cjs')]);
const { main } = await import(`data:text/javascript;base64,${Buffer.from(command).toString('base64')}`);
process.exitCode = await main(process.argv.slice(2), thread);
