/** Tests large input and scarce resources: the short cases of `npm run test:overload`. */
import { expect, it } from 'vitest';
import { CASES, canMount, runCase } from '../overload/engine.mjs';

const mayMount = await canMount();
const isLinux = process.platform === 'linux';
const cases = CASES.filter((one) => !one.isLong && (isLinux || !one.isLinux) && (mayMount || one.mount === undefined));

it.each(cases.map((one) => [one.name, one] as const))(
  'A store survives %s',
  async (_name, one) => {
    // The script checks its results and fails with the reason.
    expect(Object.keys(await runCase(one))).not.toEqual([]);
  },
  120_000,
);
