/** One namespace's schema: what its `schema.json` says, checked, and ready to check values. Runs in the writer. */
import { createHash } from 'node:crypto';
import type { Fault } from '../common/errors.js';
import type { OptionValue } from '../common/value.js';
import { JsonError, type ParsedJson, parseJson } from '../files/strict-json.js';
import { type Validate, validatorOf } from './ajv.js';
import { describeValue } from './describe-value.js';
import { FEATURE, FEATURE_REF } from './feature-rules.js';
import { describeErrors, type Finding, type UnsafePlace, withUnsafeIntegers } from './messages.js';
import { toPointer } from './pointer.js';
import { DOCUMENT_RULES, FLAG_RULES, OPTION_RULES } from './schema-rules.js';
import { type IntegerRule, type ValueType, validatorFor } from './value-validator.js';

/** The faults of one file that are listed. */
export const MAX_FAULTS = 1_000;

/** The characters that the faults of one file may have together: an error has to fit into the status cell. */
export const MAX_FAULT_TEXT = 2 ** 18;

/** One option or feature flag that a namespace declares. */
export interface OptionSchema {
  /** Its name, for a flag with `feature.` before it. */
  readonly name: string;
  /** Whether it is a feature flag: it has no default then, and its values are Feature objects. */
  readonly isFlag: boolean;
  /** The value where none is set; undefined for a flag. */
  readonly defaultValue: OptionValue | undefined;
  /**
   * What is wrong with `value`, nothing for a good one; the pointers begin with the option's name. With `redact` the
   * messages show types in place of values. Integers have to be safe ones unless said otherwise.
   */
  validate(value: OptionValue, redact?: boolean, integers?: IntegerRule): readonly Finding[];
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
  /** The options by name, in the schema's order. */
  readonly options: ReadonlyMap<string, OptionSchema>;
}

/** What the rules for schemas let through as an option. */
interface OptionDefinition extends ValueType {
  readonly default: OptionValue;
  readonly description: string;
}

const findInDocument = validatorOf(DOCUMENT_RULES);
const findInOption = validatorOf(OPTION_RULES);
const findInFlag = validatorOf(FLAG_RULES);
const findInFeature = validatorOf(FEATURE);

/** The names of feature flags begin so; those of plain options may. */
const FLAG_PREFIX = 'feature.';

/**
 * The schema in `source`, or all that is wrong with it. Validators are compiled as far as the defaults need them.
 *
 * @param file what the faults call the file
 * @param integers which integers the defaults may be
 */
export function compileSchema(
  namespace: string,
  file: string,
  source: Uint8Array,
  integers: IntegerRule = 'safe',
): { readonly schema: NamespaceSchema } | { readonly faults: readonly Fault[] } {
  const refused = (findings: readonly Finding[]) => ({ faults: toFaults(findings, namespace, file) });
  let parsed: ParsedJson;
  try {
    parsed = parseJson(source);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return refused([{ pointer: '', message: error.message }]);
  }
  const findings = checkDocument(parsed.value);
  const unsafe = unsafePlaces(parsed, 'properties');
  const options = new Map<string, OptionSchema>();
  for (const [name, definition] of definitionsOf(parsed.value)) {
    const problems = checkDefinition(name, definition);
    if (problems.length === 0) {
      const option = makeOption(name, definition);
      options.set(name, option);
      problems.push(...checkDefault(option, unsafe.get(name) ?? [], integers));
    }
    findings.push(...problems);
  }
  if (findings.length > 0) return refused(findings.sort((a, b) => comparePointers(a.pointer, b.pointer)));
  const hash = createHash('sha256').update(source).digest('hex');
  return { schema: { namespace, file, source, hash, options } };
}

/**
 * The first of `findings` as faults of a file: up to {@link MAX_FAULTS}, and as many as {@link MAX_FAULT_TEXT} has room
 * for. The last fault says how many more there are, of the `count` in all.
 */
export function toFaults(
  findings: readonly Finding[],
  namespace: string,
  file: string,
  count: number = findings.length,
): readonly Fault[] {
  const faults: Fault[] = [];
  let room = MAX_FAULT_TEXT;
  for (const { pointer, message } of findings.slice(0, MAX_FAULTS)) {
    room -= pointer.length + message.length;
    if (room < 0 && faults.length > 0) break;
    faults.push({ file, namespace, pointer, message });
  }
  const rest = count - faults.length;
  if (rest > 0) faults.push({ file, namespace, pointer: '', message: `and ${rest} more` });
  return faults;
}

/** The integers of `parsed` that a number cannot hold, by the member of `container` that they are in. */
export function unsafePlaces(parsed: ParsedJson, container: string): ReadonlyMap<string, readonly UnsafePlace[]> {
  const places = new Map<string, UnsafePlace[]>();
  for (const { path, literal } of parsed.unsafeIntegers) {
    const [top, name, ...rest] = path;
    if (top !== container || name === undefined) continue;
    const place = { pointer: toPointer([name, ...rest]), literal };
    const known = places.get(name);
    if (known === undefined) places.set(name, [place]);
    else known.push(place);
  }
  return places;
}

/** What is wrong with the document around the options. A pointer would look like the name of an option. */
function checkDocument(value: OptionValue): Finding[] {
  return describeErrors('', findInDocument(value), false).map(({ pointer, message }) => ({
    pointer: '',
    message: pointer === '' ? message : `${JSON.stringify(pointer.slice(1))} ${message}`,
  }));
}

/** The options of a document, also of a faulty one. */
function definitionsOf(value: OptionValue): [string, OptionValue][] {
  const properties = isObject(value) && Object.hasOwn(value, 'properties') ? value.properties : undefined;
  return properties !== undefined && isObject(properties) ? Object.entries(properties) : [];
}

/** What is wrong with what the schema says about the option `name`, apart from its default. */
function checkDefinition(name: string, definition: OptionValue): Finding[] {
  const root = toPointer([name]);
  if (isFlagDefinition(name, definition)) {
    const findings = describeErrors(root, findInFlag(definition), false);
    const { $ref } = definition as { $ref: string };
    if (findings.length > 0 || $ref === FEATURE_REF) return findings;
    const message = `${describeValue($ref, false)} has to be exactly "${FEATURE_REF}"`;
    return [{ pointer: `${root}/$ref`, message }];
  }
  const findings = describeErrors(root, findInOption(definition), false);
  if (!isObject(definition) || !Object.hasOwn(definition, '$ref')) return findings;
  return findings.map((finding) =>
    finding.pointer === root && finding.message.includes("'$ref'")
      ? { pointer: root, message: `${finding.message}; the name of a feature flag begins with "${FLAG_PREFIX}"` }
      : finding,
  );
}

/** Whether the rules for flags apply: a name with their prefix, and not the look of an option. */
function isFlagDefinition(name: string, definition: OptionValue): boolean {
  if (!name.startsWith(FLAG_PREFIX)) return false;
  if (!isObject(definition) || Object.hasOwn(definition, '$ref')) return true;
  return !['type', 'default', 'description'].some((key) => Object.hasOwn(definition, key));
}

/** The option that a faultless `definition` declares. */
function makeOption(name: string, definition: OptionValue): OptionSchema {
  const root = toPointer([name]);
  const withValidator = (validatorFor: (integers: IntegerRule) => Validate): OptionSchema['validate'] => {
    const validateSafe = validatorFor('safe');
    return (value, redact = false, integers = 'safe') => {
      const errors = integers === 'safe' ? validateSafe(value) : validatorFor(integers)(value);
      return errors.length === 0 ? [] : describeErrors(root, errors, redact);
    };
  };
  if (isFlagDefinition(name, definition)) {
    return { name, isFlag: true, defaultValue: undefined, validate: withValidator(() => findInFeature) };
  }
  const option = definition as unknown as OptionDefinition;
  const validate = withValidator((integers) => validatorFor(option, integers));
  return { name, isFlag: false, defaultValue: option.default, validate };
}

/** What is wrong with the default of `option`; `unsafe` are the places below its definition. */
function checkDefault(
  { name, defaultValue, validate }: OptionSchema,
  unsafe: readonly UnsafePlace[],
  integers: IntegerRule,
): Finding[] {
  if (defaultValue === undefined) return [];
  const root = toPointer([name]);
  const inDefault = unsafe.map(({ pointer, literal }) => ({
    pointer: pointer.replace(`${root}/default`, () => root),
    literal,
  }));
  const found = validate(defaultValue, false, integers);
  const findings = integers === 'safe' ? withUnsafeIntegers(found, inDefault, false) : found;
  return findings.map(({ pointer, message }) => {
    const place = pointer === root ? '' : ` (at default${pointer.slice(root.length)})`;
    return { pointer: root, message: `default value does not match schema: ${message}${place}` };
  });
}

function isObject(value: OptionValue): value is { readonly [key: string]: OptionValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function comparePointers(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
