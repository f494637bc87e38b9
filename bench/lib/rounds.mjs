/**
 * Times contestants that take nanoseconds, in turn.
 *
 * A contestant is a function that performs its operation `passes × operations` times in a loop of its own, written out,
 * and returns a number that depends on every result. There is no loop here that all of them are called from: V8 would
 * compile it for all of them at once, and none would be inlined.
 */
import { undisturbed } from './undisturbed.mjs';

/** A sample shorter than this is lost in the clock and in the interrupts of the machine. */
const SAMPLE_NS = 1_500_000;
/** Enough for each loop to be compiled, and compiled anew where the first guess at its types was wrong. */
const WARM_UP_NS = 60_000_000;

/**
 * @param contestants functions by name, each `(passes) => number`, or a promise of it; the number is the same at each
 *   call with the same `passes`, and a contestant that returns another one fails the measurement
 * @param operations how many operations a pass of any contestant has
 * @param rounds how often each is timed; a round times all, and begins with another one each time
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
      if (result !== expected[name]) throw new Error(`${name} gave ${result} and not ${expected[name]}`);
      samples[name].push(elapsed / (passes[name] * operations));
    }
  }
  return samples;
}

/** Runs `run` until it is compiled; returns how many passes make a sample. */
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

/** One call, by the clock. */
function sample(run, passes) {
  return undisturbed(async () => {
    const begun = process.hrtime.bigint();
    const result = await run(passes);
    return { elapsed: Number(process.hrtime.bigint() - begun), result };
  });
}
