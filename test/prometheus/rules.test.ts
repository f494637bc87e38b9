/** Plants faults in the alert rules of the Prometheus example, which their cases must find. */
import { describe, expect, it } from 'vitest';
import { listMutants } from './mutants.js';
import { ALERTS_TEXT, makeTests, parseRules, testRules } from './rules.js';

const RULES = parseRules(ALERTS_TEXT);
const MUTANTS = listMutants(RULES).map(({ name, rules }) => [name, rules] as const);
const format = (rules: readonly object[]) => JSON.stringify({ groups: [{ name: 'sentry-options', rules }] });

describe('the alert rules of the example', () => {
  it('They pass all cases', () => {
    expect(testRules(format(RULES), makeTests())).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it.each(MUTANTS)('A case fails if a rule has a fault: %s', (_name, rules) => {
    // Most faults fail the first test, with the names of one exporter, and leave the second out.
    const failed = makeTests().some((test) => {
      const [code, output] = testRules(format(rules), [test]);
      return code === 1 && output.includes('exp:');
    });
    expect(failed).toBe(true);
  });
});
