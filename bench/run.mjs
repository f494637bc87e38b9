/**
 * `npm run bench` answers all questions, `npm run bench -- read start` some of them: each question is a file in this
 * folder. It prints the answers and writes them to `results/` (or to the folder of `--out`). README.md explains them.
 *
 * `--node 26` measures on another version of Node, and can be repeated. `--tiny` only shows that the questions run.
 * With `--readme` it measures nothing, and writes the figures of `results/` to its page and to the project's README.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installNode } from '../scripts/install-node.mjs';
import { describeMachine, machineText, NODE } from './lib/machine.mjs';
import { installPeers } from './lib/peers.mjs';
import { withPerformance } from './lib/performance.mjs';
import { QUESTIONS, readResults, resultText, writePage, writeResult } from './lib/report.mjs';
import { targetTable } from './lib/table.mjs';

const { values, positionals } = parseArguments();
const asked = positionals.length > 0 ? positionals : QUESTIONS;
const folder = values.out === undefined ? fileURLToPath(new URL('results', import.meta.url)) : resolve(values.out);

if (values.readme) {
  const readme = new URL('../README.md', import.meta.url);
  writePage(folder);
  writeFileSync(readme, withPerformance(readFileSync(readme, 'utf8'), readResults(folder)));
} else if (values.node) {
  for (const version of values.node) measureOn(version);
} else {
  await measure();
}

/** Reads the command line; ends the process if it is wrong. */
function parseArguments() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        node: { type: 'string', multiple: true },
        out: { type: 'string' },
        readme: { type: 'boolean' },
        tiny: { type: 'boolean' },
      },
    });
  } catch (error) {
    fail(error.message);
  }
  const unknown = parsed.positionals.filter((name) => !QUESTIONS.includes(name));
  if (unknown.length > 0) fail(`A question must be one of ${QUESTIONS.join(', ')}; got '${unknown.join("', '")}'.`);
  // The library supports Node 20 and later.
  const wrong = parsed.values.node?.find((version) => !/^[2-9]\d$/.test(version));
  if (wrong !== undefined) fail(`--node must be a major version of Node, 20 or later; got '${wrong}'. Try --node 24.`);
  if (parsed.values.tiny && parsed.values.out === undefined) {
    fail('--tiny must have --out DIR, because its figures mean nothing: they do not belong in bench/results/.');
  }
  return parsed;
}

/** Measures in a process of another version of Node, which starts the processes of the questions. */
function measureOn(version) {
  let node = process.execPath;
  try {
    if (Number(version) !== NODE) node = installNode(version);
  } catch (error) {
    fail(error.message);
  }
  const args = [fileURLToPath(import.meta.url), ...asked, '--out', folder, ...(values.tiny ? ['--tiny'] : [])];
  const { status, error } = spawnSync(node, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(1);
}

async function measure() {
  if (!values.tiny) installPeers(progress);
  const results = [];
  for (const name of asked) {
    const question = await import(`./${name}.mjs`);
    const settings = values.tiny ? question.tiny : question.full;
    const machine = describeMachine();
    const begun = performance.now();
    const answer = await question.run(settings, (done, total) => progress(`${name}: ${done} of ${total}`));
    const seconds = Math.round((performance.now() - begun) / 1000);
    progress('');
    const result = { name, title: question.title, machine, seconds, growths: [], pictures: [], remarks: [], ...answer };
    writeResult(folder, result);
    results.push(result);
    console.log(`${resultText(result)}\n\nMeasured in ${seconds} s on ${machineText(machine)}.\n`);
  }
  writePage(folder);
  console.log(`## Targets on Node ${NODE}\n\n${targetTable(results)}\n\nTables, data and pictures are in ${folder}.`);
}

/** Shows one line that overwrites itself on a terminal, and a line for each call elsewhere. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
