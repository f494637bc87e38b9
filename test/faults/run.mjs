/**
 * `npm run test:faults -- --times 100`: the watcher is stopped at every step of a reload, in every way, that often each, and
 * readers are asked what they see. `--write` puts the figures into docs/reliability.md. Exit code 1: something was wrong.
 */
import { parseArgs } from 'node:util';
import { machine, table, writeSection } from '../support/page.mjs';
import { injectFaults } from './engine.mjs';
import { STEPS, WAYS } from './steps.mjs';

const { values: flags } = parseArgs({
  options: { times: { type: 'string', default: '100' }, write: { type: 'boolean' } },
});
const times = Number(flags.times);
if (!(times >= 1)) throw new Error('Usage: npm run test:faults -- --times N [--write]');

const rows = [];
await injectFaults(times, (row) => {
  rows.push(row);
  if (process.stderr.isTTY)
    process.stderr.write(`\r\x1b[K${rows.length} of ${STEPS.length * WAYS.length}: ${row.step}`);
});
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

const cell = ({ old, new: fresh, faults }) => {
  const seen = [old > 0 && `${old} × the old values`, fresh > 0 && `${fresh} × the new ones`]
    .filter(Boolean)
    .join(', ');
  return faults.length === 0 ? seen : `${seen}; ${faults.length} FAULTS: ${faults[0]}`;
};
const faults = rows.flatMap((row) => row.faults);
const reads = rows.reduce((sum, row) => sum + row.reads, 0);
const ways = table(
  ['stopped before', ...WAYS.map((how) => `by ${how}`)],
  STEPS.map(({ name }) => [name, ...WAYS.map((how) => cell(rows.find((row) => row.step === name && row.how === how)))]),
);
const text = `\`npm run test:faults -- --times ${times}\`, ${machine()}: ${rows.length * times} watchers were stopped while they ran,
${STEPS.length * 2 * times} starts were made with the fault in place, another thread read ${reads.toLocaleString('en')} snapshots meanwhile; ${faults.length} faults.

${ways}`;
console.log(text);
if (flags.write) writeSection('faults', text);
process.exitCode = faults.length === 0 ? 0 : 1;
