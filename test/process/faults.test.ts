/** The watcher is stopped at every step of a reload, in every way: the short form of `npm run test:faults`. */
import { expect, it } from 'vitest';
import { type FaultRow, injectFaults } from '../faults/engine.mjs';
import { STEPS, WAYS } from '../faults/steps.mjs';

it('stopped at any step, in any way: readers stay on whole values, the old or the new; nobody waits', async () => {
  const rows: FaultRow[] = [];
  await injectFaults(1, (row) => void rows.push(row));
  expect(rows.flatMap(({ step, how, faults }) => faults.map((fault) => `${step}, ${how}: ${fault}`))).toEqual([]);
  // Each step was reached: what is left behind is that of the step.
  expect(rows.map((row) => [row.step, row.how, row[row.expected]])).toEqual(
    STEPS.flatMap(({ name }) => WAYS.map((how) => [name, how, 1])),
  );
}, 240_000);
