/** Measuring on a machine that does other things, too. */

/** How often something is measured again in which the system gave a processor to somebody else. */
const MAX_ATTEMPTS = 10;

/**
 * What `run` returns (or its promise) from the first call in which the system took no processor away from this process
 * before it gave it back; from the last call, where there is none such in `attempts`.
 */
export async function undisturbed(run, attempts = MAX_ATTEMPTS) {
  for (let attempt = 1; ; attempt++) {
    const switches = process.resourceUsage().involuntaryContextSwitches;
    const result = await run();
    if (attempt >= attempts || process.resourceUsage().involuntaryContextSwitches === switches) return result;
  }
}
