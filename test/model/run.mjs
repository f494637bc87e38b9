/**
 * `npm run test:model`: runs the model of the cell (a Rust program beside this file) and prints what it has explored.
 * Without cargo it skips the model, and does not fail. `--long` takes minutes instead of seconds; `--write` writes the
 * figures to docs/reliability.md.
 *
 * Exit code: 0 all properties hold and the model detects all mutants, or there is no cargo; 1 otherwise.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table, writeSection } from '../support/page.mjs';

const { values: flags } = parseArgs({ options: { long: { type: 'boolean' }, write: { type: 'boolean' } } });
const cwd = fileURLToPath(new URL('.', import.meta.url));

const cargo = spawnSync('cargo', ['--version'], { encoding: 'utf8' });
if (cargo.error !== undefined || cargo.status !== 0) {
  console.log(
    'The model is skipped because cargo is not installed. To run it: https://www.rust-lang.org/tools/install',
  );
  process.exit(0);
}

const { status, stdout } = spawnSync(
  'cargo',
  ['run', '--release', '--locked', '--quiet', '--', ...(flags.long ? ['--long'] : [])],
  { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
);
const lines = stdout
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));
const rows = lines.filter(({ row }) => row !== undefined);
const mutants = lines.filter(({ mutant }) => mutant !== undefined);
const number = (value) => value.toLocaleString('en');

const explored = table(
  [
    'what',
    'slots',
    'generations',
    'words',
    'readers',
    'preemptions',
    'runs',
    'executions',
    'copies',
    'failed tries',
    's',
  ],
  rows.map((row) => [
    row.row,
    row.slots,
    row.generations,
    row.words,
    row.readers,
    `at most ${row.preemptions}`,
    row.runs,
    number(row.executions),
    number(row.copies),
    number(row.lost),
    row.seconds,
  ]),
);
const sharp = table(
  ['fault injected into the protocol', 'what the model reports'],
  mutants.map(({ mutant, found }) => [mutant, found === '' ? 'nothing: it survives' : found]),
);
const command = `npm run test:model${flags.long ? ' -- --long' : ''}`;
const text = `\`${command}\`, ${cargo.stdout.trim().split(' (')[0]}, loom:\n\n${explored}\n\n${sharp}`;
console.log(text);
if (status !== 0) {
  console.error('The model fails. The tables above show where.');
  process.exit(1);
}
if (flags.write) writeSection('model', text);
