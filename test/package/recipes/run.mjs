/**
 * `npm run test:recipes`: packs the library, and runs each recipe with it. `-- hono nestjs` runs some. Exit code 1: a
 * recipe does not what its page says.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from '../environments/host.mjs';
import { check } from './check.mjs';
import { installPacked } from './install.mjs';
import { RECIPES } from './recipes.mjs';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !RECIPES.some((recipe) => recipe.name === name));
if (unknown.length > 0) {
  throw new Error(`${unknown.join()} must be names of recipes: ${RECIPES.map(({ name }) => name).join(', ')}.`);
}
const scratch = mkdtempSync(join(tmpdir(), 'sentry-options-recipes-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));
const tarball = await pack(scratch);
const { PATH, HOME, TMPDIR } = process.env;
const env = { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), CI: 'true', NEXT_TELEMETRY_DISABLED: '1' };

let failed = 0;
for (const recipe of RECIPES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const from = performance.now();
  const folder = join(scratch, recipe.name);
  mkdirSync(folder);
  try {
    await installPacked(recipe, folder, tarball, env);
    const installed = performance.now();
    await check(recipe, folder, env);
    const seconds = (ms) => (ms / 1000).toFixed(1);
    console.log(
      `✓ ${recipe.name}: installed and built in ${seconds(installed - from)} s, ran in ${seconds(performance.now() - installed)} s`,
    );
  } catch (error) {
    failed++;
    console.log(`✗ ${recipe.name}: ${error.message}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  }
}
if (failed > 0) process.exitCode = 1;
