/** Compares `has` for flags by pattern with `has` for listed flags. Each loop is written out; `rounds.mjs` says why. */
import { FeatureContext, openOptions } from '../../dist/index.js';
import { removeBase } from './base.mjs';
import { HEADS, makeFlagBase, makeNames, SETTINGS, TAILS } from './flag-base.mjs';
import { LISTED } from './flag-rules.mjs';
import { timeInTurn } from './rounds.mjs';
import { compared } from './rows.mjs';
import { number } from './table.mjs';

/** How many different names a short loop asks for. */
const FEW = 10;
/** The middle of the names that are set, and that are not. */
const SET = 'enabled';
const UNSET = 'unknown';
/** So many that the names of a loop never come again, as far as the caches of V8 and of the CPU know. */
const MIDDLES = 10_000;

/** Measures all contestants in one process. Returns nanoseconds by name, a figure for each round. */
export async function measurePatternFlags({ rounds, sizes, names: count, warmUpNs }) {
  const namespaces = sizes.flatMap((size) => {
    const names = makeNames(SET, size);
    return [
      [`listed-${size}`, { names, isPattern: false }],
      [`pattern-${size}`, { names, isPattern: true }],
    ];
  });
  const directory = makeFlagBase(Object.fromEntries(namespaces));
  const store = openOptions({ directory, ...SETTINGS });
  const contestants = {};
  const add = async (name, loop, share) => {
    const found = loop(1) / count;
    if (found !== share) throw new Error(`${name} must enable ${share} of all flags; got ${found}`);
    contestants[name] = loop;
  };
  for (const size of sizes) {
    const [listed, pattern] = [store.features(`listed-${size}`), store.features(`pattern-${size}`)];
    const few = Math.min(size, FEW);
    await add(`${size}|listed`, LOOPS.listed(listed, repeat(makeNames(SET, size), count)), 1);
    await add(`${size}|set`, LOOPS.set(pattern, repeat(makeNames(SET, size), count)), 1);
    await add(`${size}|few listed`, LOOPS.fewListed(listed, repeat(makeNames(SET, few), count)), 1);
    await add(`${size}|few unset`, LOOPS.fewUnset(pattern, repeat(makeNames(UNSET, few), count)), 0);
    await add(`${size}|many unset`, LOOPS.manyUnset(pattern, repeat(makeNames(UNSET, count), count)), 0);
    await add(`${size}|made listed`, LOOPS.madeListed(listed, count, size), 1);
    await add(
      `${size}|new in a Map`,
      LOOPS.newInMap(new Map(makeNames(SET, size).map((name) => [name, true])), count),
      0,
    );
    await add(`${size}|new unset`, LOOPS.newUnset(pattern, count), 0);
  }
  const samples = await timeInTurn(contestants, { operations: count, rounds, warmUpNs });
  await store.close();
  removeBase(directory);
  return samples;
}

/** Makes the rows. */
export function patternFlagRows({ sizes, names: count }, samples) {
  const row = (what, name, against, partner, atMost) =>
    compared({
      what,
      against,
      unit: 'ns',
      samples: samples[name],
      partners: samples[partner],
      target: atMost && { atMost },
    });
  return sizes.flatMap((size) => {
    const set = `${number(size)} set`;
    const listed = `${number(size)} listed flags in turn`;
    const once = `has, unset flags by pattern with names that are made and come once, ${set}`;
    const few = `${Math.min(size, FEW)} listed flags in turn`;
    return [
      row(`has, flags by pattern in turn, ${set}`, `${size}|set`, listed, `${size}|listed`, 1.2),
      row(`has, ${FEW} unset flags by pattern in turn, ${set}`, `${size}|few unset`, few, `${size}|few listed`, 1.5),
      row(
        `has, ${number(count)} unset flags by pattern in turn, ${set}`,
        `${size}|many unset`,
        listed,
        `${size}|listed`,
        1.5,
      ),
      row(once, `${size}|new unset`, `Map.get of such names, ${number(size)} keys`, `${size}|new in a Map`, 2),
      row(once, `${size}|new unset`, `${listed}, with names that are made`, `${size}|made listed`),
    ];
  });
}

const CONTEXT = new FeatureContext({ user_id: 'user-1', organization_id: LISTED[7] }, { identityFields: ['user_id'] });

/** A function for each, although most are the same: V8 compiles a function for all names that it has had. */
const LOOPS = {
  listed: (checker, names) => (passes) => {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const name of names) if (checker.has(name, CONTEXT)) count++;
    return count;
  },
  set: (checker, names) => (passes) => {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const name of names) if (checker.has(name, CONTEXT)) count++;
    return count;
  },
  fewListed: (checker, names) => (passes) => {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const name of names) if (checker.has(name, CONTEXT)) count++;
    return count;
  },
  fewUnset: (checker, names) => (passes) => {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const name of names) if (checker.has(name, CONTEXT)) count++;
    return count;
  },
  manyUnset: (checker, names) => (passes) => {
    let count = 0;
    for (let pass = 0; pass < passes; pass++) for (const name of names) if (checker.has(name, CONTEXT)) count++;
    return count;
  },
  madeListed(checker, operations, size) {
    const middles = [SET];
    return (passes) => {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) {
        const middle = middles[pass % middles.length];
        for (let index = 0; index < operations; index++) {
          const place = index % size;
          if (checker.has(HEADS[Math.floor(place / TAILS.length)] + middle + TAILS[place % TAILS.length], CONTEXT)) {
            count++;
          }
        }
      }
      return count;
    };
  },
  newInMap(map, operations) {
    const middles = Array.from({ length: MIDDLES }, (_, index) => `other-${index}`);
    let used = 0;
    return (passes) => {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) {
        const middle = middles[used++ % middles.length];
        for (let index = 0; index < operations; index++) {
          const place = index % operations;
          if (map.get(HEADS[Math.floor(place / TAILS.length)] + middle + TAILS[place % TAILS.length]) !== undefined) {
            count++;
          }
        }
      }
      return count;
    };
  },
  newUnset(checker, operations) {
    const middles = Array.from({ length: MIDDLES }, (_, index) => `new-${index}`);
    let used = 0;
    return (passes) => {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) {
        const middle = middles[used++ % middles.length];
        for (let index = 0; index < operations; index++) {
          const place = index % operations;
          if (checker.has(HEADS[Math.floor(place / TAILS.length)] + middle + TAILS[place % TAILS.length], CONTEXT)) {
            count++;
          }
        }
      }
      return count;
    };
  },
};

/** Repeats interned names, as literals in a service's source are. */
function repeat(names, count) {
  const list = Object.keys(Object.fromEntries(names.map((name) => [name, true])));
  return Array.from({ length: count }, (_, index) => list[index % list.length]);
}
