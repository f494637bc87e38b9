/**
 * Describes ajv's errors with the messages and in the order of the Rust and Python clients. Pure; runs with the
 * validator, never in a reader.
 */
import type { ErrorObject } from 'ajv';
import { escapeControlChars, joinFirst, truncate } from '../common/text.js';
import { describeValue } from './describe-value.js';
import { sortByEvaluation } from './error-order.js';
import { BEYOND_SAFE, type ValueIssue } from './issues.js';

/** The most names that a message lists. */
const MAX_NAMES = 100;

/**
 * Describes ajv's errors, each once, in the order of evaluation. Their pointers begin with `root`, which is also a
 * pointer. With `redact`, the messages show only types of values and names of properties.
 */
export function describeErrors(root: string, errors: readonly ErrorObject[], redact: boolean): ValueIssue[] {
  const valueIssues = new Map<string, ValueIssue>();
  for (const error of sortByEvaluation(errors)) {
    const message = describeError(error, redact);
    const pointer = root + error.instancePath;
    if (message !== undefined) valueIssues.set(`${pointer} ${message}`, { pointer, message });
  }
  // An error that only sums up others is omitted only if there are others.
  if (valueIssues.size === 0 && errors.length > 0) return [{ pointer: root, message: 'does not satisfy its schema' }];
  return [...valueIssues.values()];
}

/** Describes one error; undefined if it only sums up others. */
function describeError({ keyword, params, data }: ErrorObject, redact: boolean): string | undefined {
  const value = (): string => describeValue(data, redact);
  switch (keyword) {
    case 'type':
      return Array.isArray(params.type)
        ? `${value()} is not of types ${[...params.type].sort().map(quote).join(', ')}`
        : `${value()} is not of type ${quote(params.type)}`;
    case 'required':
      return `${JSON.stringify(params.missingProperty)} is a required property`;
    case 'items':
      return TOO_MANY;
    case 'additionalProperties':
      return params.unexpected === undefined ? TOO_MANY : describeUnexpected(params.unexpected);
    case 'enum':
      return `${value()} is not one of ${listCandidates(params.allowedValues)}`;
    case 'const':
      return `${describeValue(params.allowedValue, false)} was expected`;
    case 'pattern':
      return `${value()} does not match ${quote(params.pattern)}`;
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

/** The message for a list or map whose further entries were not validated. */
const TOO_MANY = 'has more issues than this message lists';

function describeUnexpected(names: readonly string[]): string {
  const listed = [...names].sort().slice(0, MAX_NAMES).map(formatName);
  const verb = names.length === 1 ? 'was' : 'were';
  return `Additional properties are not allowed (${joinFirst(listed, names.length)} ${verb} unexpected)`;
}

function formatName(name: string): string {
  return `'${escapeControlChars(truncate(name, 100))}'`;
}

function listCandidates(values: readonly unknown[]): string {
  const texts = values.map((value) => describeValue(value, false));
  if (texts.length > 3) return `${texts.slice(0, 2).join(', ')} or ${texts.length - 2} other candidates`;
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
}

/** Puts `text` in quotes, without escaping `\` and `"`: patterns are easier to read so. */
function quote(text: string): string {
  return `"${text}"`;
}
