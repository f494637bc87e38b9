/**
 * `npm run test:faults -- --times 100`: stops watchers at every step of a reload in every way, 100 times each, and
 * checks what readers see. Then it plants faults in the sources, and checks that they are found. `--state` instead kills
 * 10 × `--times` processes that write their state directory. `--write` puts the figures into docs/reliability.md. Exit
 * code 1: a check failed.
 */
import { parseArgs } from 'node:util';
import { machine, table, writeSection } from '../support/page.mjs';
import { injectFaults, killWriters, plantFaults } from './engine.mjs';
import { STATE_STEPS } from './state.mjs';
import { STEPS, UNCHANGED_STEPS, WAYS } from './steps.mjs';

const { values: flags } = parseArgs({
  options: { times: { type: 'string', default: '100' }, state: { type: 'boolean' }, write: { type: 'boolean' } },
});
const times = Number(flags.times);
if (!(times >= 1)) throw new Error('Usage: npm run test:faults -- --times N [--state] [--write]');

process.exitCode = (await (flags.state ? testState() : testWatchers())) ? 0 : 1;

function describe(name, leaves) {
  if (leaves === 'new') return 'the new values';
  return name === 'making the folder' ? 'nothing: it fails, as without a directory' : 'what was kept before';
}

/** Kills processes that write their state directory. Returns whether all checks passed. */
async function testState() {
  const rounds = 10 * times;
  const rows = [];
  await killWriters(rounds, (row) => {
    rows.push(row);
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${rows.length} of ${rounds}: ${row.step}`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const failures = rows.flatMap((row) => row.failures);
  const count = (name, passes, field) =>
    rows.filter((row) => row.step === name && row.passes === passes).reduce((sum, row) => sum + row[field], 0);
  const text = `\`npm run test:faults -- --times ${times} --state\`, ${machine()}:
${rounds} processes killed, ${2 * rounds + 1} starts afterwards, ${failures.length} failures.

${table(
  ['killed at', 'a start on invalid files serves'],
  STATE_STEPS.map(({ name, passes, leaves }) => [
    name.startsWith('writing') ? `${name}, number ${passes + 1}` : name,
    `${count(name, passes, leaves)} × ${describe(name, leaves)}`,
  ]),
)}`;
  console.log(text);
  for (const failure of failures) console.error(failure);
  if (flags.write) writeSection('state', text);
  return failures.length === 0;
}

/** Stops watchers, and plants faults. Returns whether all checks passed. */
async function testWatchers() {
  const steps = [...STEPS, ...UNCHANGED_STEPS];
  const rows = [];
  await injectFaults(times, (row) => {
    rows.push(row);
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${rows.length} of ${steps.length * WAYS.length}: ${row.step}`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

  const formatCell = ({ old, new: fresh, failures }) => {
    const seen = [old > 0 && `${old} × old`, fresh > 0 && `${fresh} × new`].filter(Boolean).join(', ');
    return failures.length === 0 ? seen : `${seen}; ${failures.length} FAILURES: ${failures[0]}`;
  };
  const failures = rows.flatMap((row) => row.failures);
  const reads = rows.reduce((sum, row) => sum + row.reads, 0);
  const ways = table(
    ['stopped at', ...WAYS.map((how) => `by ${how}`)],
    steps.map(({ name, changes }) => [
      changes ? name : `no option changed: ${name}`,
      ...WAYS.map((how) =>
        formatCell(rows.find((row) => row.step === name && row.changes === changes && row.how === how)),
      ),
    ]),
  );
  const planted = [];
  await plantFaults((row) => planted.push(row));
  const survivors = planted.filter(({ found }) => found === undefined);
  const text = `\`npm run test:faults -- --times ${times}\`, ${machine()}:
${rows.length * times} running watchers stopped, ${STEPS.length * 2 * times} starts with the fault in place,
${reads.toLocaleString('en')} snapshots read by another thread meanwhile, ${failures.length} failures.

${ways}

${table(
  ['fault planted in the sources', 'what a check reports'],
  planted.map(({ name, found }) => [name, found ?? 'nothing: it survives']),
)}`;
  console.log(text);
  if (flags.write) writeSection('faults', text);
  return failures.length + survivors.length === 0;
}
