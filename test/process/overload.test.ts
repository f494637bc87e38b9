/** Much of everything, and too little of what the system grants: the short cases of `npm run test:overload`. */
import { expect, it } from 'vitest';
import { CASES, canMount, overload } from '../overload/engine.mjs';

const isRoomy = await canMount();
const cases = CASES.filter(({ isLong, mount }) => !isLong && (mount === undefined || isRoomy));

it.each(cases.map((one) => [one.name, one] as const))(
  '%s',
  async (_name, one) => {
    // The script judges what it sees, and fails with what was wrong.
    expect(Object.keys(await overload(one))).not.toEqual([]);
  },
  120_000,
);
