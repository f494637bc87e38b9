/**
 * `npm run test:environments`: uses the package in every environment, one after the other, and prints what becomes of it; with names,
 * in those whose name has one of them in it: `npm run test:environments -- next bun`. `--write` puts the tables into
 * docs/compatibility.md, which takes all of them. Exit code 1: somewhere it is not what it should be.
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
if (flags.write && names.length > 0)
  throw new Error('The tables are written of all environments: leave out the names.');
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
    console.log(`- ${name}: skipped, as no mounts can be made here`);
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
console.log(`${outcomes.size} as they should be, ${failed} not`);
if (failed > 0) process.exitCode = 1;
else if (flags.write) writeTables(outcomes);
