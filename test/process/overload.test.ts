/** Tests large input and scarce resources: the short cases of `npm run test:overload`. */
import { expect, it } from 'vitest';
import { CASES, findObstacle, runCase } from '../overload/engine.mjs';

it.each(CASES.filter(({ isLong }) => !isLong).map((one) => [one.name, one] as const))(
  'A store survives %s',
  async (_name, one) => {
    const obstacle = await findObstacle(one);
    if (obstacle !== undefined) {
      console.log(`skipped: ${obstacle}`);
      return;
    }
    // The script checks its results and fails with the reason.
    expect(Object.keys(await runCase(one))).not.toEqual([]);
  },
  120_000,
);
