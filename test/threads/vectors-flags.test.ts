/** Tests that flags evaluate as in the Rust core, on real files through the public interface. */
import { type ContextData, FeatureContext, openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base } from '../support/base.js';
import { readVectors } from '../support/vectors.js';

/** Flags by name, contexts, and for each context the Rust core's result for each name. */
interface FlagCase {
  readonly features: Readonly<Record<string, object>>;
  readonly names: readonly string[];
  readonly contexts: readonly { readonly data: ContextData; readonly identity_fields: readonly string[] | null }[];
  readonly has: readonly (readonly boolean[])[];
}

/** Declared, but set by no file. */
const UNSET = 'unset';
const NAMESPACE = 'flags';
const FLAG = { $ref: '#/definitions/Feature' };

/** Evaluates each flag in each context and returns the differences and the number of evaluations. */
function compare({ features, names, contexts, has }: FlagCase): { evaluations: number; disagreements: string[] } {
  const declared = [...Object.keys(features), UNSET].map((name) => [`feature.${name}`, FLAG]);
  const base = new Base({ [NAMESPACE]: Object.fromEntries(declared) });
  const values = Object.entries(features).map(([name, feature]) => [`feature.${name}`, feature]);
  base.writeValues(NAMESPACE, Object.fromEntries(values));
  const store = openOptions({ directory: base.directory, pollInterval: null });
  onTestFinished(() => store.close());
  const checker = store.features(NAMESPACE);

  let evaluations = 0;
  const disagreements: string[] = [];
  contexts.forEach(({ data, identity_fields }, place) => {
    // One context for all flags, as a service has for a request.
    const context = new FeatureContext(data, { identityFields: identity_fields ?? undefined });
    names.forEach((name, flag) => {
      const expected = has[place]?.[flag];
      const evaluation = checker.evaluate(name, context);
      evaluations++;
      if (checker.has(name, context) === expected && evaluation.enabled === expected) return;
      const question = JSON.stringify([features[name], data, identity_fields]);
      disagreements.push(`${name}: Rust core: ${expected}, here: ${JSON.stringify(evaluation)}: ${question}`);
    });
  });
  return { evaluations, disagreements };
}

describe('features() compared with the Rust core', () => {
  it.each([
    ['flags', 13_259],
    ['flags-dated', 2_952],
    ['flags-values', 7_155],
  ])('The flags in %s.json evaluate as in the Rust core', (file, expected) => {
    const answers = readVectors<FlagCase>(file).cases.map(compare);
    const evaluations = answers.reduce((sum, answer) => sum + answer.evaluations, 0);
    const disagreements = answers.flatMap((answer) => answer.disagreements);
    console.log(`${file}: ${evaluations} evaluations compared, ${evaluations - disagreements.length} agree`);
    expect(disagreements).toEqual([]);
    expect(evaluations).toBe(expected);
  });
});
