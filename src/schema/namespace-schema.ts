/** Compiles one namespace's `schema.json`, which then checks values. Runs with the validator, never in a reader. */

import { createHash } from 'node:crypto';
import type { ErrorObject } from 'ajv';
import type { Issue } from '../common/errors.js';
import { truncate } from '../common/text.js';
import { isObject, type OptionValue } from '../common/value.js';
import { FLAG_PREFIX } from '../features/feature.js';
import { JsonError, type ParsedJson, parseJson } from '../files/strict-json.js';
import { makeValidator, type Validate } from './ajv.js';
import { describeValue } from './describe-value.js';
import { FEATURE_REF, FEATURE_RULES } from './feature-rules.js';
import { addUnsafeIntegers, findUnsafeIntegers, toIssues, type UnsafeInteger, type ValueIssue } from './issues.js';
import { describeErrors } from './messages.js';
import { toPointer } from './pointer.js';
import { DOCUMENT_RULES, FLAG_PATTERN, FLAG_RULES, OPTION_RULES } from './schema-rules.js';
import { OR_NOTHING } from './value-advice.js';
import { getValidator, type IntegerRule, type ValueType } from './value-validator.js';

/** One option or feature flag that a namespace declares. */
export interface OptionSchema {
  /** The option's name, or the flag's with `feature.` before it. */
  readonly name: string;
  /** Whether the option is a feature flag: its values are then Feature objects, and it has no default. */
  readonly isFlag: boolean;
  /** The value if the values file sets none; undefined for a flag. */
  readonly defaultValue: OptionValue | undefined;
  /**
   * Finds the issues of `value`; none if it is valid. Their pointers begin with the option's name. With `redact`, the
   * messages show types instead of values. By default, integers must be safe.
   */
  validate(value: OptionValue, redact?: boolean, integers?: IntegerRule): readonly ValueIssue[];
}

/** One namespace's declared options. */
export interface NamespaceSchema {
  readonly namespace: string;
  /** The schema's absolute path, or `<schemas.NAMESPACE>`. */
  readonly file: string;
  /** The schema's text, UTF-8. */
  readonly source: Uint8Array;
  /** SHA-256 of the schema's text, in hex. */
  readonly hash: string;
  /** The options that the schema lists in `properties`, by name, in the schema's order. */
  readonly options: ReadonlyMap<string, OptionSchema>;
  /** Whether `patternProperties` declares every name that begins with `feature.` as a flag. */
  readonly hasPatternFlags: boolean;
}

/** Returns the option or flag `name`; undefined if the schema declares it neither in `properties` nor by pattern. */
export function findOption(schema: NamespaceSchema, name: string): OptionSchema | undefined {
  const listed = schema.options.get(name);
  if (listed !== undefined) return listed;
  return schema.hasPatternFlags && name.startsWith(FLAG_PREFIX) ? makeFlag(name) : undefined;
}

/** An option that the rules for schemas accept. */
interface OptionDefinition extends ValueType {
  readonly default: OptionValue;
  readonly description: string;
}

/** What people write for the prefix of flags: in an earlier version of the family, in the plural, or with another mark. */
const OTHER_PREFIX = /^(?:experiment|features?|flags?)[.:/_-](?=.)/i;
const findInDocument = makeValidator(DOCUMENT_RULES);
const findInOption = makeValidator(OPTION_RULES);
const findInFlag = makeValidator(FLAG_RULES);
const findInFeature = makeValidator(FEATURE_RULES);

/**
 * Compiles the schema in `source`, or lists its issues. Compiles only those validators that the defaults need.
 *
 * @param file the name of the file in the issues
 * @param integers which integers are valid as defaults
 */
export function compileSchema(
  namespace: string,
  file: string,
  source: Uint8Array,
  integers: IntegerRule = 'safe',
): { readonly schema: NamespaceSchema } | { readonly issues: readonly Issue[] } {
  const reject = (valueIssues: readonly ValueIssue[]) => ({ issues: toIssues(valueIssues, namespace, file) });
  let parsed: ParsedJson;
  try {
    parsed = parseJson(source);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return reject([{ pointer: '', message: error.message }]);
  }
  const valueIssues = checkDocument(parsed.value);
  const unsafe = findUnsafeIntegers(parsed, 'properties');
  const options = new Map<string, OptionSchema>();
  const hasPatternFlags = isObject(parsed.value) && Object.hasOwn(parsed.value, 'patternProperties');
  for (const [name, definition] of listDefinitions(parsed.value)) {
    const isFlag = hasPatternFlags ? name.startsWith(FLAG_PREFIX) : isFlagDefinition(name, definition);
    const { issues, hasType } = checkDefinition(name, definition, isFlag);
    if (hasType) {
      const option = isFlag ? makeFlag(name) : makeOption(name, definition as unknown as OptionDefinition);
      options.set(name, option);
      issues.push(...checkDefault(option, unsafe.get(name) ?? [], integers));
    }
    valueIssues.push(...issues);
  }
  if (valueIssues.length > 0) return reject(valueIssues.sort((a, b) => comparePointers(a.pointer, b.pointer)));
  const hash = createHash('sha256').update(source).digest('hex');
  return { schema: { namespace, file, source, hash, options, hasPatternFlags } };
}

/** Checks the document around the options. The issues have no pointer: it would look like the name of an option. */
function checkDocument(value: OptionValue): ValueIssue[] {
  const found = describeErrors('', findInDocument(value), false).map(({ pointer, message }) => ({
    pointer: '',
    message: pointer === '' ? message : `${JSON.stringify(pointer.slice(1))} ${message}`,
  }));
  const $ref = found.length === 0 ? findPatternReference(value) : undefined;
  const issue = $ref === undefined ? undefined : checkReference($ref);
  return issue === undefined ? found : [{ pointer: '', message: `"patternProperties" ${issue}` }];
}

/** Returns the `$ref` of `patternProperties` in a valid document; undefined if it has none. */
function findPatternReference(document: OptionValue): string | undefined {
  const { patternProperties } = document as { patternProperties?: Record<string, { $ref: string }> };
  return patternProperties?.[FLAG_PATTERN]?.$ref;
}

/** Describes what is wrong with the `$ref` of a flag, which matches the pattern for it; undefined if nothing is. */
function checkReference($ref: string): string | undefined {
  return $ref === FEATURE_REF ? undefined : `${describeValue($ref, false)} must be exactly "${FEATURE_REF}"`;
}

/** Lists the options of a document, even of an invalid one. */
function listDefinitions(value: OptionValue): [string, OptionValue][] {
  const properties = isObject(value) && Object.hasOwn(value, 'properties') ? value.properties : undefined;
  return properties !== undefined && isObject(properties) ? Object.entries(properties) : [];
}

/** The result of {@link checkDefinition}. */
interface CheckedDefinition {
  readonly issues: ValueIssue[];
  /** Whether the type is valid, whatever else is wrong, so that the default can be checked. */
  readonly hasType: boolean;
}

/** Checks the definition of the option `name`, except its default. */
function checkDefinition(name: string, definition: OptionValue, isFlag: boolean): CheckedDefinition {
  const root = toPointer([name]);
  if (isFlag) {
    const issues = describeErrors(root, findInFlag(definition), false);
    if (issues.length > 0) return { issues, hasType: false };
    const message = checkReference((definition as { $ref: string }).$ref);
    return { issues: message === undefined ? [] : [{ pointer: `${root}/$ref`, message }], hasType: true };
  }
  if (!isObject(definition) || !Object.hasOwn(definition, '$ref') || hasOptionKey(definition)) {
    const errors = findInOption(definition);
    return { issues: describeErrors(root, errors, false), hasType: errors.every(leavesType) };
  }
  // Anything else that could be said of it assumes an option, and would contradict this.
  const meant = FLAG_PREFIX + name.replace(OTHER_PREFIX, '');
  const advice = `rename this to ${JSON.stringify(truncate(meant, 100))}`;
  const message = `only a feature flag has a "$ref": ${advice}, or declare its "type", "default" and "description"`;
  return { issues: [{ pointer: root, message }], hasType: false };
}

/** Whether a definition with this error has a type and a default all the same. */
function leavesType({ keyword, params, instancePath }: ErrorObject): boolean {
  const names: readonly string[] = keyword === 'additionalProperties' ? (params.unexpected ?? []) : [];
  // Whether a default may lack a field is what these are meant to say.
  if (instancePath !== '' && (names.includes('required') || names.includes('nullable'))) return false;
  return names.length > 0 || (keyword === 'required' && params.missingProperty === 'description');
}

/** Whether the rules for flags apply, without flags by pattern: the name has the prefix, and the definition has no key of an option. */
function isFlagDefinition(name: string, definition: OptionValue): boolean {
  if (!name.startsWith(FLAG_PREFIX)) return false;
  if (!isObject(definition) || Object.hasOwn(definition, '$ref')) return true;
  return !hasOptionKey(definition);
}

function hasOptionKey(definition: object): boolean {
  return ['type', 'default', 'description'].some((key) => Object.hasOwn(definition, key));
}

/** Makes a feature flag. All share one validator. */
function makeFlag(name: string): OptionSchema {
  return { name, isFlag: true, defaultValue: undefined, validate: makeValidate(name, () => findInFeature) };
}

/** Makes the option that a valid `definition` declares. */
function makeOption(name: string, definition: OptionDefinition): OptionSchema {
  const validate = makeValidate(name, (integers) => getValidator(definition, integers));
  return { name, isFlag: false, defaultValue: definition.default, validate };
}

function makeValidate(name: string, validatorFor: (integers: IntegerRule) => Validate): OptionSchema['validate'] {
  const root = toPointer([name]);
  const validateSafe = validatorFor('safe');
  return (value, redact = false, integers = 'safe') => {
    const errors = integers === 'safe' ? validateSafe(value) : validatorFor(integers)(value);
    return errors.length === 0 ? [] : describeErrors(root, errors, redact);
  };
}

/** Checks the default of an option. `unsafe` lists the unsafe integers in its definition. */
function checkDefault(
  { name, defaultValue, validate }: OptionSchema,
  unsafe: readonly UnsafeInteger[],
  integers: IntegerRule,
): ValueIssue[] {
  if (defaultValue === undefined) return [];
  const root = toPointer([name]);
  const inDefault = unsafe.map(({ pointer, literal }) => ({
    pointer: pointer.replace(`${root}/default`, () => root),
    literal,
  }));
  const found = validate(defaultValue, false, integers);
  const valueIssues = integers === 'safe' ? addUnsafeIntegers(found, inDefault, false) : found;
  return valueIssues.map(({ pointer, message }) => {
    const place = pointer === root ? '' : ` (at default${pointer.slice(root.length)})`;
    // A default must not be missing.
    const advised = message.endsWith(OR_NOTHING) ? message.slice(0, -OR_NOTHING.length) : message;
    return { pointer: root, message: `default value does not match schema: ${advised}${place}` };
  });
}

function comparePointers(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
