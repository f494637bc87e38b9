/**
 * `npm run test:overload`: runs all cases of large input and scarce resources. `--write` puts the figures into
 * docs/reliability.md. Exit code 1: a case failed.
 */
import { parseArgs } from 'node:util';
import { machine, table, writeSection } from '../support/page.mjs';
import { CASES, findObstacle, runCase } from './engine.mjs';

const { values: flags } = parseArgs({ options: { write: { type: 'boolean' } } });
const rows = [];
let failed = 0;
for (const one of CASES) {
  const obstacle = await findObstacle(one);
  if (obstacle !== undefined) {
    rows.push([one.name, `skipped: ${obstacle}`]);
    continue;
  }
  try {
    const figures = Object.entries(await runCase(one));
    rows.push([one.name, figures.map(([name, figure]) => `${name} ${figure}`).join(', ')]);
  } catch (error) {
    failed++;
    rows.push([one.name, 'FAILED']);
    console.error(`${one.name}: ${error.stderr ?? error.stack}`);
  }
}
const text = `\`npm run test:overload\`, ${machine()}; numbers are milliseconds unless stated otherwise:\n\n${table(['case', 'figures'], rows)}`;
console.log(text);
if (failed === 0 && flags.write) writeSection('overload', text);
process.exitCode = failed === 0 ? 0 : 1;
