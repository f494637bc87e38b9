/** Makes the tables of docs/reliability.md. */
import { table } from '../support/page.mjs';

/** Returns the tables: what each scenario has asserted, and what they have measured. */
export function describe(scenarios) {
  const rows = scenarios.map(({ about, steps, tookSeconds }) => [
    about,
    steps.map(({ title }) => title).join('; '),
    tookSeconds.toFixed(0),
  ]);
  const figures = scenarios.flatMap(({ figures }) => [...figures].map(([name, values]) => [name, ...spread(values)]));
  return `${table(['what', 'steps', 's'], rows)}

${table(['measured', 'times', 'least', 'median', 'most'], figures)}`;
}

/** Returns how many values there are, the least, the median and the most. */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const median = format(sorted[Math.floor(sorted.length / 2)]);
  return sorted.length === 1 ? [1, '', median, ''] : [sorted.length, format(sorted[0]), median, format(sorted.at(-1))];
}

function format(value) {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}
