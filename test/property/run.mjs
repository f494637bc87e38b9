/**
 * `npm run test:property -- --runs 1000`: runs the tests of commands, reading and listeners with that many sequences,
 * `loads`, `isolation` and `usage.property.test.ts` with three times as many, and `suspicious.property.test.ts` with 50
 * times as many changes. `--write` writes the figures to docs/reliability.md.
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
const tests = ['commands', 'loads', 'isolation', 'suspicious', 'usage', 'reading', 'listeners'].map(
  (name) => `test/property/${name}.property.test.ts`,
);
const { status } = spawnSync('npx', ['vitest', 'run', ...tests], {
  stdio: 'inherit',
  env: { ...process.env, SENTRY_OPTIONS_TEST_RUNS: flags.runs, SENTRY_OPTIONS_TEST_REPORT: report },
});
process.exitCode = status ?? 1;
if (status === 0 && flags.write) {
  const { steps, refreshes, published, rejected, views } = JSON.parse(readFileSync(report, 'utf8'));
  const { loads, withoutChanges } = JSON.parse(readFileSync(`${report}.loads`, 'utf8'));
  const [s, r, p, f, v, l, n] = [steps, refreshes, published, rejected, views, loads, withoutChanges].map((number) =>
    number.toLocaleString('en'),
  );
  writeSection(
    'commands',
    `\`npm run test:property -- --runs ${flags.runs}\`, ${machine()}: ${s} events in ${flags.runs} sequences, ${r} refreshes among
them, of which ${p} published a generation and ${f} were rejected as expected; ${v} views of threads, all as
the reference. ${l} loads of changed files, ${n} of them reloads in which no option changed, all as a load of all files.`,
  );
}
rmSync(directory, { recursive: true });
