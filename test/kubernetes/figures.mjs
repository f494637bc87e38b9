/** Collects what the scenarios measure, and makes tables of it. */
import { table } from '../support/page.mjs';

export class Figures {
  #values = new Map();

  add(name, value) {
    this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
  }

  /** Returns the rows of the table: one for each name, with the spread of its values. */
  get rows() {
    return [...this.#values].map(([name, values]) => {
      const sorted = values.toSorted((a, b) => a - b);
      const at = (share) => format(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
      return sorted.length === 1 ? [name, 1, '', at(0), ''] : [name, sorted.length, at(0), at(0.5), at(1)];
    });
  }
}

const format = (value) => (Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1));

/** Returns the tables of docs/reliability.md. */
export function describe(scenarios, figures) {
  const rows = scenarios.map(({ about, steps, tookSeconds }) => [
    about,
    steps.map(({ title }) => title).join('; '),
    tookSeconds.toFixed(0),
  ]);
  return `${table(['what', 'steps, all asserted', 's'], rows)}

${table(['measured', 'times', 'least', 'median', 'most'], figures.rows)}`;
}
