/**
 * `npm run test:property -- --runs 1000`: runs `commands.property.test.ts` with that many sequences. `--write` writes
 * the figures to docs/reliability.md.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, writeSection } from '../support/page.mjs';

const { values: flags } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, write: { type: 'boolean' } },
});
if (!(Number(flags.runs) >= 1)) throw new Error('Usage: npm run test:property -- --runs N [--write]');

const directory = mkdtempSync(join(tmpdir(), 'sentry-options-commands-'));
const report = join(directory, 'counts.json');
const { status } = spawnSync('npx', ['vitest', 'run', 'test/property/commands.property.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SENTRY_OPTIONS_TEST_RUNS: flags.runs, SENTRY_OPTIONS_TEST_REPORT: report },
});
process.exitCode = status ?? 1;
if (status === 0 && flags.write) {
  const { steps, refreshes, published, rejected, views } = JSON.parse(readFileSync(report, 'utf8'));
  const [s, r, p, f, v] = [steps, refreshes, published, rejected, views].map((number) => number.toLocaleString('en'));
  writeSection(
    'commands',
    `\`npm run test:property -- --runs ${flags.runs}\`, ${machine()}: ${s} events in ${flags.runs} sequences, ${r} refreshes among
them, of which ${p} published a generation and ${f} were rejected as expected; ${v} views of threads, all as
the reference.`,
  );
}
rmSync(directory, { recursive: true });
