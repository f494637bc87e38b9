/** Writes the section on performance in the project's README from the results. A test compares the two. */
import { machineText } from './machine.mjs';
import { quotedResults } from './report.mjs';
import { headlineTable, number } from './table.mjs';

const [BEGIN, END] = ['<!-- performance: begin -->', '<!-- performance: end -->'];

/**
 * Replaces the figures in `readme` by those of the version of Node that README quotes.
 *
 * @throws {Error} if `readme` lacks one of the two markers
 */
export function withPerformance(readme, results) {
  const [before, rest] = split(readme, BEGIN);
  const [, after] = split(rest, END);
  return `${before}${BEGIN}\n${formatPerformance(quotedResults(results))}\n${END}${after}`;
}

function formatPerformance(results) {
  const machines = new Set(results.map(({ machine }) => machineText({ ...machine, load: undefined })));
  const loads = results.map(({ machine }) => machine.load);
  const load = `${number(Math.min(...loads))} to ${number(Math.max(...loads))}`;
  return `${headlineTable(results)}\n\nMeasured on ${[...machines].join('; and on ')}, at a load of ${load}.`;
}

function split(text, marker) {
  const at = text.indexOf(marker);
  if (at < 0) throw new Error(`README.md must have the marker ${marker}.`);
  return [text.slice(0, at), text.slice(at + marker.length)];
}
