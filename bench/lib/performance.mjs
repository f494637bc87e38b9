/** The part of the project's README that speaks of performance: written from the results, and held to them by a test. */
import { machineText } from './machine.mjs';
import { headlineTable, number } from './table.mjs';

const [BEGIN, END] = ['<!-- performance: begin -->', '<!-- performance: end -->'];

/** `readme` with its figures put in anew. Throws where it has no place for them. */
export function withPerformance(readme, results) {
  const [before, rest] = cut(readme, BEGIN);
  const [, after] = cut(rest, END);
  return `${before}${BEGIN}\n${performanceText(results)}\n${END}${after}`;
}

function performanceText(results) {
  const machines = new Set(results.map(({ machine }) => machineText({ ...machine, load: undefined })));
  const loads = results.map(({ machine }) => machine.load);
  const load = `${number(Math.min(...loads))} to ${number(Math.max(...loads))}`;
  return `${headlineTable(results)}\n\nMeasured on ${[...machines].join('; and on ')}, at a load of ${load}.`;
}

function cut(text, mark) {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`README.md has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
