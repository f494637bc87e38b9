/** Tests that what other code does to `Object.prototype` changes no decision, no value and no error. */
import { describe, expect, it } from 'vitest';
import { Base } from '../support/base.js';
import { runScript } from '../support/run.js';
import { readVectors } from '../support/vectors.js';

interface FlagCase {
  readonly features: Readonly<Record<string, object>>;
  readonly names: readonly string[];
  readonly contexts: readonly unknown[];
  readonly has: readonly (readonly boolean[])[];
}

const FLAG = { $ref: '#/definitions/Feature' };
const CHANGES = ['false', 'text', 'setter', 'frozen'];

describe('a polluted Object.prototype', () => {
  it('Whatever other code adds to Object.prototype, all decisions, values and errors stay the same', async () => {
    const { cases } = readVectors<FlagCase>('flags');
    const declare = ({ features }: FlagCase) =>
      Object.fromEntries(Object.keys(features).map((name) => [`feature.${name}`, FLAG]));
    const base = new Base(Object.fromEntries(cases.map((each, place) => [`case-${place}`, declare(each)])));
    cases.forEach(({ features }, place) => {
      const values = Object.entries(features).map(([name, feature]) => [`feature.${name}`, feature]);
      base.writeValues(`case-${place}`, Object.fromEntries(values));
    });
    const run = async (change: string) => {
      const outcome = await runScript('polluted-prototype.mjs', { arguments: [change, base.directory, 'user'] });
      expect(outcome.code, outcome.stderr).toBe(0);
      return [...(JSON.parse(outcome.stdout) as [string, unknown][]), ['stderr', outcome.stderr]];
    };
    const [expected, ...others] = await Promise.all(['none', ...CHANGES].map(run));
    const decisions = cases.flatMap(({ has }) => has.map((row) => row.map(Number).join('')));
    expect(expected?.[0]).toEqual(['decisions', decisions]);
    for (const [place, results] of others.entries()) expect(results, CHANGES[place]).toEqual(expected);
  });
});
