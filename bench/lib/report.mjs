/** Writes results to disk: JSON and pictures for each question, and one page that shows them all. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineText } from './machine.mjs';
import { drawDots } from './picture/dots.mjs';
import { drawLines } from './picture/lines.mjs';
import { drawStacks } from './picture/stacks.mjs';
import { growthTable, rowTable, targetTable } from './table.mjs';

const DRAW = { lines: drawLines, dots: drawDots, stacks: drawStacks };

/** The questions, in the order in which a service meets them. */
export const QUESTIONS = ['read', 'flags', 'reload', 'adopt', 'contended', 'share', 'start', 'idle'];

/** Writes `result` into `folder`: `NAME.json`, and a picture for each of its pictures. */
export function writeResult(folder, result) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  for (const picture of result.pictures) writeFileSync(join(folder, fileOf(result, picture)), draw(picture));
}

/** Draws a picture as SVG. */
export function draw(picture) {
  return DRAW[picture.kind](picture);
}

/** Reads all results in `folder`. */
export function readResults(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
    .sort((a, b) => QUESTIONS.indexOf(a.name) - QUESTIONS.indexOf(b.name));
}

/** Formats the answer to one question. */
export function resultText({ name, title, rows, growths, remarks }) {
  return [
    `## ${name}: ${title}`,
    rowTable(rows),
    ...(growths.length > 0 ? [growthTable(growths)] : []),
    ...remarks.map((remark) => `- ${remark}`),
  ].join('\n\n');
}

/** Writes the page `README.md` of `folder`: all targets, then each question with its pictures. */
export function writePage(folder) {
  const results = readResults(folder);
  const parts = results.map((result) => {
    const pictures = result.pictures.map((picture) => `![${picture.title}](${fileOf(result, picture)})`);
    return [resultText(result), `Measured on ${machineText(result.machine)}.`, ...pictures].join('\n\n');
  });
  const page = [
    '# Results',
    '`npm run bench` writes this page. [Benchmarks](../README.md) explains the questions and their limits.',
    '## Targets',
    targetTable(results),
    ...parts,
  ];
  writeFileSync(join(folder, 'README.md'), `${page.join('\n\n')}\n`);
}

function fileOf({ name }, picture) {
  return `${name}-${picture.name}.svg`;
}
