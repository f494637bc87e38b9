/**
 * `npm run test:faults -- --times 100`: stops watchers at every step of a reload in every way, 100 times each, and
 * checks what readers see. Then it plants faults in the sources, and checks that they are found. `--write` puts the
 * figures into docs/reliability.md. Exit code 1: a check failed.
 */
import { parseArgs } from 'node:util';
import { machine, table, writeSection } from '../support/page.mjs';
import { injectFaults, plantFaults } from './engine.mjs';
import { STEPS, UNCHANGED_STEPS, WAYS } from './steps.mjs';

const { values: flags } = parseArgs({
  options: { times: { type: 'string', default: '100' }, write: { type: 'boolean' } },
});
const times = Number(flags.times);
if (!(times >= 1)) throw new Error('Usage: npm run test:faults -- --times N [--write]');

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
process.exitCode = failures.length + survivors.length === 0 ? 0 : 1;
