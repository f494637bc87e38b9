/** Stops the watcher, or the reader, at every step of a reload: the short form of `npm run test:faults`. */
import { expect, it } from 'vitest';
import { type FaultRow, injectFaults } from '../faults/engine.mjs';
import { STEPS, UNCHANGED_STEPS, WAYS } from '../faults/steps.mjs';
import { countRounds } from '../support/rounds.js';
import { runScript } from '../support/run.js';

it('A watcher stopped at any step in any way leaves whole values, old or new, and blocks nobody', async () => {
  // In a reload that changes no option, all steps before this one leave the same.
  const last = UNCHANGED_STEPS.filter(({ name }) => name === 'announcing the generation');
  const all = [...STEPS, ...last];
  const every = Math.round(all.length / countRounds(all.length));
  const steps = all.filter((_, place) => place % every === 0);
  const rows: FaultRow[] = [];
  await injectFaults(1, (row) => void rows.push(row), steps);
  expect(rows.flatMap(({ step, how, failures }) => failures.map((failure) => `${step}, ${how}: ${failure}`))).toEqual(
    [],
  );
  // Each step was reached: readers have the values that the step leaves.
  expect(rows.map((row) => [row.step, row.changes, row.how, row[row.expected]])).toEqual(
    steps.flatMap(({ name, changes }) => WAYS.map((how) => [name, changes, how, 1])),
  );
}, 240_000);

it('A thread reports a generation with its own values, whatever is published between two of its steps', async () => {
  const { code, stdout, stderr } = await runScript('reload-generations.mjs');
  expect(code, stderr).toBe(0);
  const { checks, failures } = JSON.parse(stdout);
  expect(failures).toEqual([]);
  expect(checks).toBeGreaterThan(100);
});
