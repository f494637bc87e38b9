/** Compares `all` with `has` of each flag. Each loop is written out; `rounds.mjs` says why. */
import { FeatureContext, openOptions } from '../../dist/index.js';
import { removeBase } from './base.mjs';
import { makeFlagBase, makeNames, SETTINGS } from './flag-base.mjs';
import { LISTED } from './flag-rules.mjs';
import { timeInTurn } from './rounds.mjs';
import { compared } from './rows.mjs';
import { number } from './table.mjs';

const CONTEXT = new FeatureContext({ user_id: 'user-1', organization_id: LISTED[7] }, { identityFields: ['user_id'] });

/** Measures in one process. Returns nanoseconds for each flag by name, a figure for each round. */
export async function measureAllFlags({ rounds, flags, warmUpNs }) {
  const names = makeNames('enabled', flags);
  const directory = makeFlagBase({ listed: { names, isPattern: false }, pattern: { names, isPattern: true } });
  const store = openOptions({ directory, ...SETTINGS });
  const [listed, pattern] = [store.features('listed'), store.features('pattern')];
  const contestants = {
    'all|each': (passes) => {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) {
        const answers = Object.fromEntries(names.map((name) => [name, listed.has(name, CONTEXT)]));
        if (answers[names[pass % flags]]) count++;
      }
      return count;
    },
    'all|listed': (passes) => {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) if (listed.all(CONTEXT)[names[pass % flags]]) count++;
      return count;
    },
    'all|pattern': (passes) => {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) if (pattern.all(CONTEXT)[names[pass % flags]]) count++;
      return count;
    },
    'all|only': (passes) => {
      let count = 0;
      for (let pass = 0; pass < passes; pass++) {
        if (listed.all(CONTEXT, { only: names })[names[pass % flags]]) count++;
      }
      return count;
    },
  };
  for (const [name, loop] of Object.entries(contestants)) {
    if (loop(flags) !== flags) throw new Error(`${name} must enable all ${flags} flags`);
  }
  const samples = await timeInTurn(contestants, { operations: flags, rounds, warmUpNs });
  await store.close();
  removeBase(directory);
  return samples;
}

/** Makes the rows. */
export function allFlagsRows({ flags }, samples) {
  const row = (what, name) =>
    compared({
      what: `all, ${number(flags)} ${what}, for each flag`,
      against: 'an object of `has` of each',
      unit: 'ns',
      samples: samples[name],
      partners: samples['all|each'],
      target: { atMost: 1 },
    });
  return [
    row('listed flags', 'all|listed'),
    row('flags by pattern', 'all|pattern'),
    row('names in `only`', 'all|only'),
  ];
}
