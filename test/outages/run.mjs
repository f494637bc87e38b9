/**
 * `npm run test:outages`: goes through outages with real processes, with each of the settings that contain them. `--write`
 * puts the tables into docs/reliability.md. Exit code 1: a pod did not serve its values before an outage.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, writeSection } from '../support/page.mjs';
import { formatOutages } from './describe.mjs';
import { runOutages } from './engine.mjs';

const STARTS = 3;

const { values: flags } = parseArgs({ options: { write: { type: 'boolean' } } });
const script = fileURLToPath(new URL('../fixtures/outage-pod.mjs', import.meta.url));
const rows = await runOutages(script, { starts: STARTS });
const text = `\`npm run test:outages\`, ${machine()}; a pod that dies was started ${STARTS} times:

${formatOutages(rows)}`;
console.log(text);
if (flags.write) writeSection('outages', text);
