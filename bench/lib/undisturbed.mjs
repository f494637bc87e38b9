/** Measures on a machine that also has other work. */

/** How often a measurement is repeated if the system gave the CPU to another process meanwhile. */
const MAX_ATTEMPTS = 10;

/**
 * Returns the result of the first call of `run` (or of its promise) without an involuntary context switch of this
 * process; of the last call, if none of the `attempts` calls is undisturbed.
 */
export async function undisturbed(run, attempts = MAX_ATTEMPTS) {
  for (let attempt = 1; ; attempt++) {
    const switches = process.resourceUsage().involuntaryContextSwitches;
    const result = await run();
    if (attempt >= attempts || process.resourceUsage().involuntaryContextSwitches === switches) return result;
  }
}
