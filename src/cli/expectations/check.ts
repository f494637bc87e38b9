/** The work of `sentry-options test`. Runs in the command line's main thread. */

import { ContextLimitError } from '../../features/context-limits.js';
import { explain } from '../../features/evaluate.js';
import { REASON_TEXTS } from '../../features/evaluation.js';
import { type Feature, FLAG_PREFIX } from '../../features/feature.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { readDefaults } from '../inspect/effective.js';
import { ExactContext } from '../inspect/exact-context.js';
import { compileExactFlag } from '../inspect/exact-flag.js';
import { describeSegments } from '../inspect/segments.js';
import { readSchemas } from '../schemas/read.js';
import { CommandError } from '../terminal/errors.js';
import { shortenJson } from '../terminal/format.js';
import type { Output } from '../terminal/output.js';
import { deployTo, listTargets } from '../values/deployed.js';
import { loadTargetValues } from '../values/load.js';
import {
  type ExactJson,
  equalsExactJson,
  formatExactJson,
  toExactJson,
  toOptionValue,
  toPlainValue,
} from '../yaml/exact-json.js';
import type { YamlNode } from '../yaml/node.js';
import { type Expectation, readExpectations } from './read.js';

/** An expectation that was checked. */
export interface CheckedExpectation extends Expectation {
  /** What is there instead, and why, as lines; undefined if the expectation is met. */
  readonly failure: readonly string[] | undefined;
}

/** What to check. */
export interface TestOptions {
  readonly schemas: string;
  readonly root: string;
}

/**
 * Validates all schemas and values, and checks all expectations against what `write` would deploy.
 *
 * @throws {CommandError} if there is an issue, or no expectation: a check that checked nothing must not pass
 */
export function checkExpectations(
  { schemas: directory, root }: TestOptions,
  output: Output,
): readonly CheckedExpectation[] {
  const schemas = readSchemas(directory, output.withoutAnnotations);
  const { values } = loadTargetValues(root, schemas, output.withoutAnnotations);
  const expectations = readExpectations(root, schemas, listTargets(values));
  if (expectations.length === 0) {
    throw new CommandError(`${root} has no expectations; write them into NAMESPACE/FILE.test.yaml below it`);
  }
  return expectations.map((expectation) => {
    const { namespace, target, key, isFlag } = expectation;
    const node = deployTo(target, values.get(namespace)).get(key);
    const failure = isFlag
      ? checkFlag(expectation, node)
      : checkOption(expectation, node, schemas.get(namespace) as NamespaceSchema);
    return { ...expectation, failure };
  });
}

function checkOption(
  { key, expected }: Expectation,
  node: YamlNode | undefined,
  schema: NamespaceSchema,
): string[] | undefined {
  const actual = node === undefined ? (readDefaults(schema).get(key) as ExactJson) : toExactJson(node);
  if (isSame(actual, expected)) return undefined;
  const source = node === undefined ? "the schema's default" : 'the value';
  return [`${source} is ${shortenJson(formatExactJson(actual))}; expected ${shortenJson(formatExactJson(expected))}`];
}

/** Whether two values are the same to a service: a schema may write 1 or 1.0. */
function isSame(a: ExactJson, b: ExactJson): boolean {
  return (
    equalsExactJson(a, b) || JSON.stringify(toPlainValue(a), sortKeys) === JSON.stringify(toPlainValue(b), sortKeys)
  );
}

function sortKeys(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function checkFlag(
  { key, context: data, identityFields, expected }: Expectation,
  node: YamlNode | undefined,
): string[] | undefined {
  const says = `it is ${!expected}; expected ${expected}`;
  if (node === undefined) return expected === false ? undefined : [`${says}. No file sets it`];
  const feature = toOptionValue(node) as Feature;
  const context = new ExactContext(data, identityFields);
  try {
    const evaluation = explain(compileExactFlag(key.slice(FLAG_PREFIX.length), feature, context), context);
    if (evaluation.enabled === expected) return undefined;
    return [`${says}. Reason: ${REASON_TEXTS[evaluation.reason]}`, ...describeSegments(feature, evaluation)];
  } catch (error) {
    if (!(error instanceof ContextLimitError)) throw error;
    return [`the context cannot be used: ${error.message}`];
  }
}
