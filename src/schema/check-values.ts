/** Checks one namespace's `values.json` against its schema. Runs in the watcher, in tests and in the command line. */

import type { Issue } from '../common/errors.js';
import { isObject, type OptionValue } from '../common/value.js';
import { JsonError, type ParsedJson, parseJson } from '../files/strict-json.js';
import { adviseOnExcess, describeExcess, type ValuesLimits } from '../files/values-limits.js';
import { isCommit } from './commit.js';
import { describeValue } from './describe-value.js';
import {
  addUnsafeIntegers,
  findUnsafeIntegers,
  MAX_ISSUES,
  toIssues,
  type UnsafeInteger,
  type ValueIssue,
} from './issues.js';
import { findOption, type NamespaceSchema } from './namespace-schema.js';
import { readTimestamp } from './timestamp.js';
import type { IntegerRule } from './value-validator.js';

/** Values that satisfy their schema. */
interface CheckedValues {
  readonly ok: true;
  /** The declared options that the file sets, by name. Not frozen; the caller owns them. */
  readonly values: ReadonlyMap<string, OptionValue>;
  /** The names in the file that the schema does not declare, in the file's order. */
  readonly unknown: readonly string[];
  /** The file's own `generated_at`, RFC 3339, in the form that `Date.parse` understands; undefined if it is invalid or missing. */
  readonly generatedAt: string | undefined;
  /** Why `generated_at` is invalid; undefined if it is valid or missing. The values can be used all the same. */
  readonly generatedAtIssue: string | undefined;
  /** The file's own `commit_sha`; undefined if it is missing, or cannot be one. */
  readonly commit: string | undefined;
}

/** Values that do not satisfy their schema. */
interface InvalidValues {
  readonly ok: false;
  /** All issues, ordered by option; at least one. */
  readonly issues: readonly Issue[];
  /** Whether the file is not JSON, so that it may be half-written. */
  readonly isMalformed: boolean;
}

/** What {@link InvalidValues} has besides the issues that it lists. */
interface Rejection {
  readonly isMalformed?: boolean;
  readonly count?: number;
  readonly commit?: string | undefined;
}

/** The options of {@link checkValues}. */
interface CheckOptions {
  readonly redact: boolean;
  readonly integers?: IntegerRule | undefined;
  readonly limits?: ValuesLimits | undefined;
}

/**
 * Checks the values in `bytes` against `schema`.
 *
 * @param file the name of the file in the issues
 * @param options `redact`: the issues show the types of values, not the values; `integers`: which integers are valid;
 *   `limits`: what the file may take, by default anything
 */
export function checkValues(
  schema: NamespaceSchema,
  file: string,
  bytes: Uint8Array,
  { redact, integers = 'safe', limits }: CheckOptions,
): CheckedValues | InvalidValues {
  const reject = (
    valueIssues: readonly ValueIssue[],
    { isMalformed = false, count = valueIssues.length, commit }: Rejection = {},
  ): InvalidValues => {
    const issues = toIssues(valueIssues, schema.namespace, file, count);
    return {
      ok: false,
      issues: commit === undefined ? issues : issues.map((issue) => ({ ...issue, commit })),
      isMalformed,
    };
  };
  const excess = limits && describeExcess(bytes, limits);
  if (excess !== undefined) {
    return reject([{ pointer: '', message: `values.json ${excess}${adviseOnExcess(bytes, limits as ValuesLimits)}` }]);
  }
  // step:parse
  let parsed: ParsedJson;
  try {
    parsed = parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return reject([{ pointer: '', message: error.message }], { isMalformed: true });
  }
  const { value } = parsed;
  if (!isObject(value) || !Object.hasOwn(value, 'options')) {
    return reject([{ pointer: '', message: "values.json must have an 'options' key" }]);
  }
  const commit = readCommit(value);
  const options = value.options as OptionValue;
  if (!isObject(options)) {
    const message = `"options" ${describeValue(options, redact)} is not of type "object"`;
    return reject([{ pointer: '', message }], { commit });
  }
  const values = new Map<string, OptionValue>();
  const unknown: string[] = [];
  for (const name of Object.keys(options)) {
    if (findOption(schema, name) !== undefined) values.set(name, options[name] as OptionValue);
    else unknown.push(name);
  }
  // step:validate
  const { valueIssues, count } = findIssues(schema, values, parsed, { redact, integers });
  if (count > 0) return reject(valueIssues, { count, commit });
  return { ok: true, values, unknown, ...readGeneratedAt(value, redact), commit };
}

/** Finds the first issues, and counts all. */
function findIssues(
  schema: NamespaceSchema,
  values: ReadonlyMap<string, OptionValue>,
  parsed: ParsedJson,
  { redact, integers }: { readonly redact: boolean; readonly integers: IntegerRule },
): { readonly valueIssues: readonly ValueIssue[]; readonly count: number } {
  const unsafe =
    integers === 'safe' ? findUnsafeIntegers(parsed, 'options') : new Map<string, readonly UnsafeInteger[]>();
  const valueIssues: ValueIssue[] = [];
  let count = 0;
  for (const name of [...values.keys()].sort()) {
    const found = findOption(schema, name)?.validate(values.get(name) as OptionValue, redact, integers) ?? [];
    const all = addUnsafeIntegers(found, unsafe.get(name) ?? [], redact);
    // The rest is only counted: a file can have millions of issues, more than memory can hold.
    if (valueIssues.length <= MAX_ISSUES) valueIssues.push(...all);
    count += all.length;
  }
  return { valueIssues, count };
}

function readCommit(document: Readonly<Record<string, OptionValue>>): string | undefined {
  const commit = Object.hasOwn(document, 'commit_sha') ? document.commit_sha : undefined;
  return typeof commit === 'string' && isCommit(commit) ? commit : undefined;
}

function readGeneratedAt(
  document: Readonly<Record<string, OptionValue>>,
  redact: boolean,
): Pick<CheckedValues, 'generatedAt' | 'generatedAtIssue'> {
  if (!Object.hasOwn(document, 'generated_at')) return { generatedAt: undefined, generatedAtIssue: undefined };
  const written = document.generated_at;
  const generatedAt = typeof written === 'string' ? readTimestamp(written) : undefined;
  if (generatedAt !== undefined) return { generatedAt, generatedAtIssue: undefined };
  const generatedAtIssue = `"generated_at" ${describeValue(written, redact)} is not an RFC 3339 timestamp`;
  return { generatedAt: undefined, generatedAtIssue };
}
