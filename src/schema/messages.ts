/**
 * Describes ajv's errors in the order of the Rust and Python clients, with their messages where these suffice, and says
 * what to do. Pure; runs with the validator, never in a reader.
 */
import type { ErrorObject } from 'ajv';
import { joinFirst } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { reduceConditions } from './conditions.js';
import { describeValue } from './describe-value.js';
import { sortByEvaluation } from './error-order.js';
import { reduceFragments } from './fragments.js';
import { BEYOND_SAFE, type ValueIssue } from './issues.js';
import { adviseOnKeyword } from './keywords.js';
import { adviseOnChoice, adviseOnNames, findSimilar, quoteName } from './name-advice.js';
import { toStep } from './pointer.js';
import { adviseOnPattern, adviseOnType, type TypeRules } from './value-advice.js';

/** The most names that a message lists. */
const MAX_NAMES = 100;

/**
 * Describes ajv's errors, each once, in the order of evaluation. Their pointers begin with `root`, which is also a
 * pointer. With `redact`, the messages show only types of values and names of properties.
 */
export function describeErrors(root: string, errors: readonly ErrorObject[], redact: boolean): ValueIssue[] {
  const valueIssues = new Map<string, ValueIssue>();
  for (const error of sortByEvaluation(reduceErrors(errors))) {
    const message = describeError(error, redact);
    const pointer = root + error.instancePath;
    if (message !== undefined) valueIssues.set(`${pointer} ${message}`, { pointer, message });
  }
  // An error that only sums up others is omitted only if there are others.
  if (valueIssues.size === 0 && errors.length > 0) return [{ pointer: root, message: 'does not satisfy its schema' }];
  return [...valueIssues.values()];
}

/** Removes the errors that follow from others, and so would hide the cause. */
function reduceErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const reduced = reduceFragments(reduceConditions(errors));
  // A value that is none of the candidates is not of their types, either.
  const chosen = new Set(reduced.filter(({ keyword }) => keyword === 'enum').map(({ instancePath }) => instancePath));
  // A name that is misspelled is not also missing.
  const meant = new Set(reduced.flatMap((error) => findMeant(error) ?? []));
  // An object whose fields are beside it is not also null.
  const emptied = new Set(
    reduced.flatMap((error) => {
      const field = findEmptied(error);
      return field === undefined ? [] : `${error.instancePath}/${toStep(field)}`;
    }),
  );
  return reduced.filter(({ keyword, instancePath, params, parentSchema, data }) => {
    if (keyword === 'type') return !chosen.has(instancePath) && !(data === null && emptied.has(instancePath));
    if (keyword !== 'required' || parentSchema?.isAlternative === true) return keyword !== 'required';
    return !meant.has(`${instancePath} ${params.missingProperty}`);
  });
}

/** Returns the place and the name that an error's only unexpected name is similar to; undefined if there is none. */
function findMeant({ keyword, params, instancePath, parentSchema }: ErrorObject): string | undefined {
  if (keyword !== 'additionalProperties' || params.unexpected === undefined) return undefined;
  // Its advice says that a flag has only a reference.
  if (isReference(parentSchema as Rules)) return `${instancePath} $ref`;
  if (params.unexpected.length !== 1) return undefined;
  const similar = findSimilar(params.unexpected[0], Object.keys((parentSchema as Rules).properties ?? {}));
  return similar === undefined ? undefined : `${instancePath} ${similar}`;
}

/** Returns the name of a field that is null and could have all unexpected names of an error; undefined if there is none. */
function findEmptied({ keyword, params, data, parentSchema }: ErrorObject): string | undefined {
  const names: readonly string[] | undefined = keyword === 'additionalProperties' ? params.unexpected : undefined;
  if (names === undefined) return undefined;
  const object = data as Readonly<Record<string, unknown>>;
  const found = Object.entries((parentSchema as Rules).properties ?? {}).find(([field, { properties }]) => {
    if (properties === undefined || !Object.hasOwn(object, field) || object[field] !== null) return false;
    return names.every((name) => Object.hasOwn(properties, name));
  });
  return found?.[0];
}

/** Describes one error; undefined if it only sums up others. */
function describeError(error: ErrorObject, redact: boolean): string | undefined {
  const { keyword, params, data, parentSchema } = error;
  const value = (): string => describeValue(data, redact);
  const advise = (advice: () => string): string => (redact ? '' : advice());
  switch (keyword) {
    case 'type':
      if (Array.isArray(params.type))
        return `${value()} is not of types ${[...params.type].sort().map(quote).join(', ')}`;
      return `${value()} is not of type ${quote(params.type)}${describeForm(parentSchema as { form?: string }) ?? advise(() => adviseOnType(data as OptionValue, params.type, { ...(parentSchema as TypeRules), isField: isField(error) }))}`;
    case 'required':
      return `${JSON.stringify(params.missingProperty)} is a required property${parentSchema?.advice ?? (describeFragments(params.fragments) || listOperators(params.operators))}`;
    case 'items':
      return TOO_MANY;
    case 'additionalProperties':
      return params.unexpected === undefined
        ? TOO_MANY
        : describeUnexpected(params.unexpected, parentSchema as Rules, findEmptied(error));
    case 'enum':
      return `${value()} is not one of ${listCandidates(params.allowedValues)}${advise(() => adviseOnChoice(data, params.allowedValues))}`;
    case 'anyOf':
      return params.operator === undefined ? undefined : describeOperand(params.operator, data, redact);
    case 'const':
      return `${describeValue(params.allowedValue, false)} was expected`;
    case 'pattern':
      return `${value()} is not ${parentSchema?.form}${advise(() => adviseOnPattern(data, params.pattern))}`;
    case 'minLength':
      return `${value()} is shorter than ${params.limit} character${params.limit === 1 ? '' : 's'}`;
    case 'minimum':
      if (params.limit === Number.MIN_SAFE_INTEGER) return `${value()} ${BEYOND_SAFE}`;
      return `${value()} is less than the minimum of ${params.limit}`;
    case 'maximum':
      if (params.limit === Number.MAX_SAFE_INTEGER) return `${value()} ${BEYOND_SAFE}`;
      return `${value()} is greater than the maximum of ${params.limit}`;
    default:
      return undefined;
  }
}

/** Describes the form of a string, which a pattern requires; undefined if there is none. */
function describeForm(rules: { readonly form?: string }): string | undefined {
  return rules.form === undefined ? undefined : `; it must be ${rules.form}`;
}

/** The message for a list or map whose further entries were not validated. */
const TOO_MANY = 'has more issues than this message lists';

function describeUnexpected(names: readonly string[], rules: Rules = {}, emptied?: string): string {
  const listed = [...names].sort().slice(0, MAX_NAMES).map(quoteName);
  const verb = names.length === 1 ? 'was' : 'were';
  const allowed = Object.keys(rules.properties ?? {});
  const below = emptied === undefined ? undefined : `indent what belongs to ${quoteName(emptied)}`;
  const advice = adviseOnNames(names, allowed, below === undefined ? findAdvice(rules) : () => below);
  return `Additional properties are not allowed (${joinFirst(listed, names.length)} ${verb} unexpected)${advice}`;
}

/** Says that the next `count` entries of a list are no entries of their own; '' if there are none. */
function describeFragments(count: number | undefined): string {
  if (count === undefined) return '';
  const next = count === 1 ? 'the next entry belongs' : `the next ${count} entries belong`;
  return `; ${next} to this one: in YAML, only the first line of an entry begins with "- "`;
}

/** Whether the value is a field of an object, which may be required. */
function isField({ schemaPath, instancePath }: ErrorObject): boolean {
  return instancePath !== '' && /\/properties\/[^/]+\/type$/.test(schemaPath);
}

/** Returns what advises on names that `rules` do not allow; undefined if the names in `rules` suffice. */
function findAdvice({ properties = {} }: Rules): ((name: string) => string | undefined) | undefined {
  // Only the definition of an option has types, which are an enum there.
  if (Object.hasOwn(properties, 'type') && properties.type?.enum !== undefined) return adviseOnKeyword;
  return isReference({ properties }) ? () => ONLY_REFERENCE : undefined;
}

/** Whether the rules are those of the declaration of a flag. */
function isReference({ properties = {} }: Rules): boolean {
  return Object.hasOwn(properties, '$ref') && properties.$ref?.form !== undefined;
}

const ONLY_REFERENCE = 'a feature flag has only a "$ref", and is off until values set it';

/** The rules around an error. */
interface Rules {
  readonly properties?: Readonly<Record<string, Rules & { readonly enum?: unknown; readonly form?: string }>>;
}

/** Describes a value that the operator of its condition cannot compare with. */
function describeOperand(operator: string, data: unknown, redact: boolean): string {
  const isList = operator === 'in' || operator === 'not_in';
  const expected = isList
    ? 'a list of strings or a list of numbers'
    : operator === 'contains' || operator === 'not_contains'
      ? 'one string or one number'
      : 'a string, a number, a boolean, a list of strings or a list of numbers';
  const isScalar = typeof data === 'string' || typeof data === 'number';
  const advice = !isList || redact ? '' : isScalar ? adviseOnType(data, 'array') : adviseOnMixed(data);
  return `${describeValue(data, redact)} is not ${expected}, which the operator "${operator}" needs${advice}`;
}

/** Advises on a list that has both strings and numbers, of which YAML makes one without quotes. */
function adviseOnMixed(data: unknown): string {
  const types = new Set(Array.isArray(data) ? data.map((entry) => typeof entry) : []);
  const isMixed = types.size === 2 && types.has('string') && types.has('number');
  return isMixed ? '; quote the numbers if the property is a string' : '';
}

function listOperators(names: readonly unknown[] | undefined): string {
  return names === undefined ? '' : `; one of ${listCandidates(names)}`;
}

function listCandidates(values: readonly unknown[]): string {
  const texts = values.map((value) => describeValue(value, false));
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
}

/** Puts `text` in quotes, without escaping `\` and `"`: patterns are easier to read so. */
function quote(text: string): string {
  return `"${text}"`;
}
