/**
 * `npm run bench` asks all questions, `npm run bench -- read start` some of them: one file each in this folder. What
 * they mean is in the README beside it.
 */
import { readdirSync } from 'node:fs';
import { describeMachine, table } from './lib/table.mjs';

const known = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
  .map((name) => name.slice(0, -'.mjs'.length));
const asked = process.argv.length > 2 ? process.argv.slice(2) : known;
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no question '${unknown.join("', '")}'. There are: ${known.join(', ')}.`);
  process.exit(1);
}

const results = [];
for (const name of asked) {
  const question = await import(`./${name}.mjs`);
  const begun = performance.now();
  const rows = await question.run((done, total) => progress(`${name}: ${done} of ${total}`));
  progress('');
  console.log(`${name}: ${question.title} Measured in ${((performance.now() - begun) / 1000).toFixed(0)} s.`);
  results.push({ name, title: question.title, rows });
}

console.log(`\n${describeMachine()}`);
for (const { name, title, rows } of results) console.log(`\n## ${name}: ${title}\n\n${table(rows)}`);

/** One line that is overwritten on a terminal, and lines of their own elsewhere. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
