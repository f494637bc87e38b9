/** Tests that flags by pattern are validated and read as in the Rust core, on real files through the public interface. */
import { isDeepStrictEqual } from 'node:util';
import {
  type ContextData,
  FeatureContext,
  type Issue,
  OptionsError,
  type OptionsStore,
  openOptions,
  ValuesError,
} from 'sentry-options';
import { expect, it, onTestFinished } from 'vitest';
import { Base } from '../support/base.js';
import { type Answer, readVectors } from '../support/vectors.js';

interface PatternCase extends Answer {
  readonly values_json: string;
  readonly get: Readonly<Record<string, unknown>>;
  readonly isset: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
  readonly contexts: readonly { readonly data: ContextData; readonly identity_fields: readonly string[] | null }[];
  /** For each context, the answer for each of `names`. */
  readonly has: readonly (readonly boolean[])[];
}

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const vectors = readVectors<PatternCase>('open-features');

/** Opens one store with all `cases`, each in a namespace of its own. */
function open(cases: ReadonlyMap<string, number>): OptionsStore {
  const base = new Base({});
  for (const [namespace, index] of cases) {
    base.writeSchema(namespace, vectors.textOf(['cases', index, 'schema']));
    base.writeText(namespace, (vectors.cases[index] as PatternCase).values_json);
  }
  const store = openOptions({ directory: base.directory, pollInterval: null, logger: QUIET });
  onTestFinished(() => store.close());
  return store;
}

/** Returns what `read` returns, or the class of its error in the form of the vectors. */
function answer(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    return { '!error': error.name };
  }
}

/** Lists how the answers to one valid case differ, and counts them. */
function compare(
  testCase: PatternCase,
  store: OptionsStore,
  namespace: string,
): { answers: number; differences: string[] } {
  const differences: string[] = [];
  let answers = 0;
  const check = (what: string, here: unknown, core: unknown): void => {
    answers++;
    if (!isDeepStrictEqual(here, core)) {
      differences.push(`${what}: Rust core: ${JSON.stringify(core)}, here: ${JSON.stringify(here)}`);
    }
  };
  const live = store.namespace(namespace);
  const pinned = store.snapshot().namespace(namespace);
  for (const [key, expected] of Object.entries(testCase.get)) {
    check(
      `get ${key}`,
      answer(() => live.get(key)),
      expected,
    );
    check(
      `pinned get ${key}`,
      answer(() => pinned.get(key)),
      expected,
    );
  }
  for (const [key, expected] of Object.entries(testCase.isset)) {
    check(
      `isset ${key}`,
      answer(() => live.isset(key)),
      expected,
    );
    check(
      `pinned isset ${key}`,
      answer(() => pinned.isset(key)),
      expected,
    );
    check(
      `isset of option ${key}`,
      answer(() => live.option(key).isset),
      expected,
    );
  }
  const checkers = [store.features(namespace), store.snapshot().features(namespace)];
  testCase.contexts.forEach(({ data, identity_fields }, place) => {
    const context = new FeatureContext(data, { identityFields: identity_fields ?? undefined });
    testCase.names.forEach((name, index) => {
      const expected = testCase.has[place]?.[index];
      for (const checker of checkers) {
        check(`has ${name} of context ${place}`, checker.has(name, context), expected);
        check(`evaluate ${name} of context ${place}`, checker.evaluate(name, context).enabled, expected);
      }
    });
  });
  return { answers, differences };
}

it('Flags by pattern are read and evaluated as in the Rust core', () => {
  const valid = [...vectors.cases.entries()].filter(([, testCase]) => testCase.valid);
  const namespaces = new Map(valid.map(([index]) => [`case-${index}`, index]));
  const store = open(namespaces);
  let answers = 0;
  const differences: string[] = [];
  for (const [namespace, index] of namespaces) {
    const compared = compare(vectors.cases[index] as PatternCase, store, namespace);
    answers += compared.answers;
    differences.push(...compared.differences.map((difference) => `${namespace}: ${difference}`));
  }
  console.log(`open-features: ${answers} answers compared, ${answers - differences.length} agree`);
  expect(differences).toEqual([]);
  expect(answers).toBe(20_874);
});

it('Invalid flags by pattern are rejected with the issues of the Rust core', () => {
  let rejected = 0;
  for (const [index, { valid, error = '' }] of vectors.cases.entries()) {
    if (valid) continue;
    const [, ...expected] = error.split('\n');
    let issues: readonly Issue[] = [];
    try {
      open(new Map([['seer', index]]));
    } catch (thrown) {
      if (!(thrown instanceof ValuesError)) throw thrown;
      issues = thrown.issues;
    }
    expect(issues.map(({ pointer, message }) => `\t${pointer} ${message}`)).toEqual([...new Set(expected)]);
    rejected++;
  }
  expect(rejected).toBe(2);
});
