/**
 * `npm run test:overload`: much of everything, and too little of what the system grants. `--write` puts the figures into
 * docs/reliability.md. Exit code 1: a case fails.
 */
import { parseArgs } from 'node:util';
import { machine, table, writeSection } from '../support/page.mjs';
import { CASES, canMount, overload } from './engine.mjs';

const { values: flags } = parseArgs({ options: { write: { type: 'boolean' } } });
const rows = [];
let failed = 0;
for (const one of CASES) {
  if (one.mount !== undefined && !(await canMount())) {
    rows.push([one.name, 'not tried: it takes root to mount a small disk']);
    continue;
  }
  try {
    const figures = Object.entries(await overload(one));
    rows.push([
      one.name,
      figures.map(([name, figure]) => `${name} ${typeof figure === 'number' ? figure : figure}`).join(', '),
    ]);
  } catch (error) {
    failed++;
    rows.push([one.name, 'FAILED']);
    console.error(`${one.name}: ${error.stderr ?? error.stack}`);
  }
}
const text = `\`npm run test:overload\`, ${machine()}; numbers are milliseconds where nothing else is said:\n\n${table(['what', 'figures'], rows)}`;
console.log(text);
if (failed === 0 && flags.write) writeSection('overload', text);
process.exitCode = failed === 0 ? 0 : 1;
