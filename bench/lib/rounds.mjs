/**
 * Times contestants that take nanoseconds, in turn.
 *
 * A contestant is a function that performs its operation `passes × operations` times in its own written-out loop, and
 * returns a number that depends on every result. There is no shared loop here that calls all of them: V8 would compile
 * it for all of them at once, and inline none.
 */
import { undisturbed } from './undisturbed.mjs';

/** A shorter sample is too small for the clock's resolution and the interrupts of the machine. */
const SAMPLE_NS = 1_500_000;
/** Enough for V8 to compile each loop, and to compile it again if its first guess at the types was wrong. */
export const WARM_UP_NS = 60_000_000;

/**
 * @param contestants functions by name, each `(passes) => number`, or a promise of it; the number is the same on each
 *   call with the same `passes`, and a contestant that returns another number fails the measurement
 * @param operations the number of operations in a pass of any contestant
 * @param rounds how often each contestant is timed; a round times all, and each round begins with another contestant
 * @returns nanoseconds per operation by name, one for each round, in the order of the rounds
 */
export async function timeInTurn(contestants, { operations, rounds, warmUpNs = WARM_UP_NS }) {
  const names = Object.keys(contestants);
  const passes = {};
  const expected = {};
  for (const name of names) {
    passes[name] = await warmUp(contestants[name], warmUpNs);
    expected[name] = await contestants[name](passes[name]);
  }
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length];
      const { elapsed, result } = await sample(contestants[name], passes[name]);
      if (result !== expected[name]) throw new Error(`${name} gave ${result}, not ${expected[name]}`);
      samples[name].push(elapsed / (passes[name] * operations));
    }
  }
  return samples;
}

/** Runs `run` until V8 has compiled it; returns the number of passes in a sample. */
async function warmUp(run, warmUpNs) {
  let passes = 1;
  let spent = 0;
  for (;;) {
    const { elapsed } = await sample(run, passes);
    spent += elapsed;
    if (elapsed < SAMPLE_NS) passes *= 2;
    else if (spent >= warmUpNs) return passes;
  }
}

/** Times one call in nanoseconds. */
function sample(run, passes) {
  return undisturbed(async () => {
    const begun = process.hrtime.bigint();
    const result = await run(passes);
    return { elapsed: Number(process.hrtime.bigint() - begun), result };
  });
}
