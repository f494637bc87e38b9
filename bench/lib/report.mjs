/**
 * Writes results to disk: JSON for each question and version of Node (`node-24/read.json`), and one page that shows
 * all of them, with pictures.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineText, nodeOf } from './machine.mjs';
import { growthsByNode, rowsByNode, targetsByNode } from './nodes-table.mjs';
import { drawDots } from './picture/dots.mjs';
import { drawLines } from './picture/lines.mjs';
import { drawStacks } from './picture/stacks.mjs';
import { growthTable, rowTable } from './table.mjs';

const DRAW = { lines: drawLines, dots: drawDots, stacks: drawStacks };

/** The questions, in the order in which a service meets them. */
export const QUESTIONS = [
  'read',
  'flags',
  'reload',
  'adopt',
  'contended',
  'share',
  'memory',
  'start',
  'idle',
  'ask',
  'usage',
  'sentry',
];

/** The version of Node that pictures and the project's README show: most services run on it. */
const QUOTED_NODE = 24;

/** Writes `result` into `folder`, beside the results on other versions of Node. */
export function writeResult(folder, result) {
  const directory = join(folder, `node-${nodeOf(result)}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

/** Draws a picture as SVG. */
export function draw(picture) {
  return DRAW[picture.kind](picture);
}

/** Reads all results in `folder`: by question, then by version of Node. */
export function readResults(folder) {
  const order = ({ name }) => QUESTIONS.indexOf(name);
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith('node-'))
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => join(folder, name, file)))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')))
    .sort((a, b) => order(a) - order(b) || nodeOf(a) - nodeOf(b));
}

/** Returns the results on Node 24; on the newest version of Node that was measured, if none is on 24. */
export function quotedResults(results) {
  const nodes = results.map(nodeOf);
  const quoted = nodes.includes(QUOTED_NODE) ? QUOTED_NODE : Math.max(...nodes);
  return results.filter((result) => nodeOf(result) === quoted);
}

/** Formats the answer to one question on one version of Node. */
export function resultText({ name, title, rows, growths, remarks }) {
  return [
    `## ${name}: ${title}`,
    rowTable(rows),
    ...(growths.length > 0 ? [growthTable(growths)] : []),
    ...remarks.map((remark) => `- ${remark}`),
  ].join('\n\n');
}

/** Writes the page `README.md` of `folder`, and its pictures: all targets, then each question. */
export function writePage(folder) {
  const results = readResults(folder);
  const questions = QUESTIONS.map((name) => results.filter((result) => result.name === name));
  const page = [
    '# Results',
    '`npm run bench` writes this page. [Benchmarks](../README.md) explains the questions and their limits. Each column ' +
      'is a version of Node; a ratio divides two figures of the same run. The brackets hold 80 % of all rounds.',
    '## Targets',
    targetsByNode(results),
    ...questions.filter((each) => each.length > 0).map((each) => questionText(folder, each)),
  ];
  writeFileSync(join(folder, 'README.md'), `${page.join('\n\n')}\n`);
}

/** Formats the answers to one question on all versions of Node, and draws the pictures. */
function questionText(folder, results) {
  const [quoted] = quotedResults(results);
  const pictures = quoted.pictures.map((picture) => {
    const file = `${quoted.name}-${picture.name}.svg`;
    writeFileSync(join(folder, file), draw(picture));
    return `![${picture.title}, Node ${nodeOf(quoted)}](${file})`;
  });
  return [
    `## ${quoted.name}: ${quoted.title}`,
    rowsByNode(results),
    ...(quoted.growths.length > 0 ? [growthsByNode(results)] : []),
    [
      ...results.flatMap((result) => result.remarks.map((remark) => `- Node ${nodeOf(result)}: ${remark}`)),
      ...results.map(({ machine }) => `- Measured on ${machineText(machine)}.`),
    ].join('\n'),
    ...pictures,
  ].join('\n\n');
}
