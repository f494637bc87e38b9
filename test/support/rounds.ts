/** How often a test repeats what fails only by chance. */

/** Whether tests that mostly wait are left out: one version of Node runs them. */
export const hasFewRounds = process.env.FEW_ROUNDS !== undefined;

/**
 * Returns `count`, or a fifth of it if the variable `FEW_ROUNDS` is set: `npm run test:nodes` sets it for the further
 * versions of Node.
 */
export function countRounds(count: number): number {
  return hasFewRounds ? Math.ceil(count / 5) : count;
}
