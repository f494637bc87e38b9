/** Runs the fuzzer for a moment; `test/fuzz/run.mjs` runs it for any length of time. */
import { expect, it } from 'vitest';
import { fuzz } from '../fuzz/engine.js';

const INPUTS = 2_000;

it('No mutated schema or values file is accepted although it is invalid, or does harm', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const { counts, failure } = fuzz(seed, ({ inputs }) => inputs >= INPUTS);
  console.log(`fuzzing from seed ${seed}: ${JSON.stringify(counts)}`);
  expect(failure, 'repeat it: node test/fuzz/run.mjs --once --seed SEED').toBe(undefined);
  // Every outcome occurs; otherwise the run has tested nothing.
  expect(Object.values(counts).every((count) => count > 0)).toBe(true);
});
