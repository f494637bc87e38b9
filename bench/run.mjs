/**
 * `npm run bench` answers all questions, `npm run bench -- read start` some of them: each question is a file in this
 * folder. It prints the answers and writes them to `results/` (or to the folder of `--out`). README.md explains them.
 * With `--readme` it measures nothing, and writes the figures of `results/` to the project's README.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, machineText } from './lib/machine.mjs';
import { installPeers } from './lib/peers.mjs';
import { withPerformance } from './lib/performance.mjs';
import { QUESTIONS, readResults, resultText, writePage, writeResult } from './lib/report.mjs';
import { targetTable } from './lib/table.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, readme: { type: 'boolean' } },
});
const asked = positionals.length > 0 ? positionals : QUESTIONS;
const unknown = asked.filter((name) => !QUESTIONS.includes(name));
if (unknown.length > 0) {
  console.error(`A question must be one of ${QUESTIONS.join(', ')}; got '${unknown.join("', '")}'.`);
  process.exit(1);
}
const folder = values.out === undefined ? fileURLToPath(new URL('results', import.meta.url)) : resolve(values.out);

if (values.readme) {
  const readme = new URL('../README.md', import.meta.url);
  writeFileSync(readme, withPerformance(readFileSync(readme, 'utf8'), readResults(folder)));
  process.exit();
}

installPeers(progress);
const results = [];
for (const name of asked) {
  const question = await import(`./${name}.mjs`);
  const machine = describeMachine();
  const begun = performance.now();
  const answer = await question.run(question.full, (done, total) => progress(`${name}: ${done} of ${total}`));
  const seconds = Math.round((performance.now() - begun) / 1000);
  progress('');
  const result = { name, title: question.title, machine, seconds, growths: [], pictures: [], remarks: [], ...answer };
  writeResult(folder, result);
  results.push(result);
  console.log(`${resultText(result)}\n\nMeasured in ${seconds} s on ${machineText(machine)}.\n`);
}
writePage(folder);
console.log(`## Targets\n\n${targetTable(results)}\n\nTables, data and pictures are in ${folder}.`);

/** Shows one line that overwrites itself on a terminal, and a line for each call elsewhere. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
