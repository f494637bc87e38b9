/**
 * `npm run test:property -- --runs 1000`: the test of `commands.property.test.ts`, with that many sequences. `--write` puts
 * the figures into docs/reliability.md.
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
  const { steps, refreshes, published, refused, views } = JSON.parse(readFileSync(report, 'utf8'));
  const [s, r, p, f, v] = [steps, refreshes, published, refused, views].map((number) => number.toLocaleString('en'));
  writeSection(
    'commands',
    `\`npm run test:property -- --runs ${flags.runs}\`, ${machine()}: ${s} events in ${flags.runs} sequences, ${r} refreshes among
them, of which ${p} published a generation and ${f} failed as they should; ${v} views of a thread, all as the reference.`,
  );
}
rmSync(directory, { recursive: true });
