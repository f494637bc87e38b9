/** Checking one namespace's `values.json` against its schema. Runs in the watcher and in the command line. */
import type { Fault } from '../common/errors.js';
import type { OptionValue } from '../common/value.js';
import { JsonError, type ParsedJson, parseJson } from '../files/strict-json.js';
import { describeValue } from './describe-value.js';
import { type Finding, type UnsafePlace, withUnsafeIntegers } from './messages.js';
import { MAX_FAULTS, type NamespaceSchema, toFaults, unsafePlaces } from './namespace-schema.js';
import { readTimestamp } from './timestamp.js';
import type { IntegerRule } from './value-validator.js';

/** Values that satisfy their schema. */
export interface CheckedValues {
  readonly ok: true;
  /** What the file sets, of the options that the schema knows, by name. Not frozen; nobody else has it. */
  readonly values: ReadonlyMap<string, OptionValue>;
  /** The names in the file that the schema does not know, in the file's order. */
  readonly unknown: readonly string[];
  /** When the file was made, as it says: a timestamp of RFC 3339, in the form that `Date.parse` understands. */
  readonly generatedAt: string | undefined;
  /** Why there is no `generatedAt`, where the file says something; the values can be used. */
  readonly generatedAtProblem: string | undefined;
}

/** Values that cannot be used. */
export interface FaultyValues {
  readonly ok: false;
  /** All that is wrong, ordered by option: at least one. */
  readonly faults: readonly Fault[];
  /** Whether the file is no JSON, so that it may be half-written. */
  readonly malformed: boolean;
}

/**
 * What `bytes` sets of the options of `schema`.
 *
 * @param file what the faults call the file
 * @param options `redact`: faults show the types of values, not the values; `integers`: which may be set
 */
export function checkValues(
  schema: NamespaceSchema,
  file: string,
  bytes: Uint8Array,
  { redact, integers = 'safe' }: { readonly redact: boolean; readonly integers?: IntegerRule },
): CheckedValues | FaultyValues {
  const refused = (findings: readonly Finding[], { malformed = false, count = findings.length } = {}): FaultyValues => {
    return { ok: false, faults: toFaults(findings, schema.namespace, file, count), malformed };
  };
  let parsed: ParsedJson;
  try {
    parsed = parseJson(bytes);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return refused([{ pointer: '', message: error.message }], { malformed: true });
  }
  const { value } = parsed;
  if (!isObject(value) || !Object.hasOwn(value, 'options')) {
    return refused([{ pointer: '', message: "values.json must have an 'options' key" }]);
  }
  const options = value.options as OptionValue;
  if (!isObject(options)) {
    return refused([{ pointer: '', message: `"options" ${describeValue(options, redact)} is not of type "object"` }]);
  }
  const values = new Map<string, OptionValue>();
  const unknown: string[] = [];
  for (const name of Object.keys(options)) {
    if (schema.options.has(name)) values.set(name, options[name] as OptionValue);
    else unknown.push(name);
  }
  const { findings, count } = findFaults(schema, values, parsed, { redact, integers });
  if (count > 0) return refused(findings, { count });
  return { ok: true, values, unknown, ...readGeneratedAt(value, redact) };
}

/** The first faults, and how many there are. */
function findFaults(
  schema: NamespaceSchema,
  values: ReadonlyMap<string, OptionValue>,
  parsed: ParsedJson,
  { redact, integers }: { readonly redact: boolean; readonly integers: IntegerRule },
): { readonly findings: readonly Finding[]; readonly count: number } {
  const unsafe = integers === 'safe' ? unsafePlaces(parsed, 'options') : new Map<string, readonly UnsafePlace[]>();
  const findings: Finding[] = [];
  let count = 0;
  for (const name of [...values.keys()].sort()) {
    const found = schema.options.get(name)?.validate(values.get(name) as OptionValue, redact, integers) ?? [];
    const all = withUnsafeIntegers(found, unsafe.get(name) ?? [], redact);
    // The rest is only counted: a file has room for millions of faults, and memory has not.
    if (findings.length <= MAX_FAULTS) findings.push(...all);
    count += all.length;
  }
  return { findings, count };
}

function readGeneratedAt(
  document: Readonly<Record<string, OptionValue>>,
  redact: boolean,
): Pick<CheckedValues, 'generatedAt' | 'generatedAtProblem'> {
  if (!Object.hasOwn(document, 'generated_at')) return { generatedAt: undefined, generatedAtProblem: undefined };
  const written = document.generated_at;
  const generatedAt = typeof written === 'string' ? readTimestamp(written) : undefined;
  if (generatedAt !== undefined) return { generatedAt, generatedAtProblem: undefined };
  const generatedAtProblem = `"generated_at" ${describeValue(written, redact)} is not an RFC 3339 timestamp`;
  return { generatedAt: undefined, generatedAtProblem };
}

function isObject(value: OptionValue): value is { readonly [key: string]: OptionValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
