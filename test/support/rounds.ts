/** How often a test repeats what fails only by chance. */

/**
 * Returns `count`, or a fifth of it if the variable `FEW_ROUNDS` is set: `npm run test:nodes` sets it for the further
 * versions of Node.
 */
export function countRounds(count: number): number {
  return process.env.FEW_ROUNDS === undefined ? count : Math.ceil(count / 5);
}
