/**
 * `npm run test:environments`: runs the package in every environment and prints the outcomes. `-- next bun` runs those
 * whose names contain one of the words. `--write` puts the tables into docs/compatibility.md and needs all
 * environments. Exit code 1: an outcome differs from its description.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GROUPS } from './groups.mjs';
import { check, mayMount, pack } from './host.mjs';
import { writeTables } from './tables.mjs';

const { values: flags, positionals: names } = parseArgs({
  options: { write: { type: 'boolean' } },
  allowPositionals: true,
});
if (flags.write && names.length > 0) throw new Error('--write needs all environments: leave out the names.');
const canMount = await mayMount();
const folder = mkdtempSync(join(tmpdir(), 'sentry-options-environments-package-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const tarball = await pack(folder);

let failed = 0;
const outcomes = new Map();
for (const environment of Object.values(GROUPS).flat()) {
  const { name, mounts } = environment;
  if (names.length > 0 && !names.some((word) => name.toLowerCase().includes(word.toLowerCase()))) continue;
  if (mounts !== undefined && !canMount) {
    console.log(`- ${name}: skipped, as this process may not mount`);
    continue;
  }
  const from = performance.now();
  try {
    outcomes.set(name, await check(environment, tarball));
    console.log(`✓ ${name}: ${outcomes.get(name)} (${((performance.now() - from) / 1000).toFixed(0)} s)`);
  } catch (error) {
    failed++;
    console.log(`✗ ${name}: ${error.message}`);
  }
}
console.log(`${outcomes.size} as expected, ${failed} not`);
if (failed > 0) process.exitCode = 1;
else if (flags.write) writeTables(outcomes);
