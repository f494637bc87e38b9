/** Stops the watcher at every step of a reload in every way: the short form of `npm run test:faults`. */
import { expect, it } from 'vitest';
import { type FaultRow, injectFaults } from '../faults/engine.mjs';
import { STEPS, WAYS } from '../faults/steps.mjs';

it('A watcher stopped at any step in any way leaves whole values, old or new, and blocks nobody', async () => {
  const rows: FaultRow[] = [];
  await injectFaults(1, (row) => void rows.push(row));
  expect(rows.flatMap(({ step, how, failures }) => failures.map((failure) => `${step}, ${how}: ${failure}`))).toEqual(
    [],
  );
  // Each step was reached: readers have the values that the step leaves.
  expect(rows.map((row) => [row.step, row.how, row[row.expected]])).toEqual(
    STEPS.flatMap(({ name }) => WAYS.map((how) => [name, how, 1])),
  );
}, 240_000);
