/** The family's decisions on flags, asked as a service asks: files on a real disk, and the public interface. */
import { type ContextData, FeatureContext, openOptions } from 'sentry-options';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Base } from '../support/base.js';
import { readVectors } from '../support/vectors.js';

/** Flags by name, contexts, and of each context what the family says of each name. */
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

/** What differs, and how often it was asked. */
function ask({ features, names, contexts, has }: FlagCase): { asked: number; disagreements: string[] } {
  const declared = [...Object.keys(features), UNSET].map((name) => [`feature.${name}`, FLAG]);
  const base = new Base({ [NAMESPACE]: Object.fromEntries(declared) });
  const values = Object.entries(features).map(([name, feature]) => [`feature.${name}`, feature]);
  base.writeValues(NAMESPACE, Object.fromEntries(values));
  const store = openOptions({ directory: base.directory, pollInterval: null });
  onTestFinished(() => store.close());
  const checker = store.features(NAMESPACE);

  let asked = 0;
  const disagreements: string[] = [];
  contexts.forEach(({ data, identity_fields }, place) => {
    // One for all flags, as a service has one for a request.
    const context = new FeatureContext(data, { identityFields: identity_fields ?? undefined });
    names.forEach((name, flag) => {
      const expected = has[place]?.[flag];
      const evaluation = checker.evaluate(name, context);
      asked++;
      if (checker.has(name, context) === expected && evaluation.enabled === expected) return;
      const question = JSON.stringify([features[name], data, identity_fields]);
      disagreements.push(`${name}: family: ${expected}, here: ${JSON.stringify(evaluation)}: ${question}`);
    });
  });
  return { asked, disagreements };
}

describe('the answers of the family to', () => {
  it.each([
    ['flags', 13_259],
    ['flags-dated', 2_952],
    ['flags-values', 7_155],
  ])('%s are the answers here', (file, expected) => {
    const answers = readVectors<FlagCase>(file).cases.map(ask);
    const asked = answers.reduce((sum, answer) => sum + answer.asked, 0);
    const disagreements = answers.flatMap((answer) => answer.disagreements);
    console.log(`${file}: ${asked} cases asked, ${asked - disagreements.length} agree`);
    expect(disagreements).toEqual([]);
    expect(asked).toBe(expected);
  });
});
