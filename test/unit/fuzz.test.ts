/** The fuzzing, for a moment; `test/fuzz/run.mjs` does the same for as long as one likes. */
import { expect, it } from 'vitest';
import { fuzz } from '../fuzz/engine.js';

const INPUTS = 2_000;

it('no spoiled schema or values file is taken for what it is not, or does harm', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const { counts, failure } = fuzz(seed, ({ inputs }) => inputs >= INPUTS);
  console.log(`fuzzing from seed ${seed}: ${JSON.stringify(counts)}`);
  expect(failure, 'to repeat it: node test/fuzz/run.mjs --once --seed SEED').toBe(undefined);
  // All ways are taken: else nothing was tested.
  expect(Object.values(counts).every((count) => count > 0)).toBe(true);
});
