/**
 * What is wrong with a value, in the words and the order of the family's other implementations. Pure: made from ajv's
 * findings in the writer, from literals wherever they are found.
 */
import type { ErrorObject } from 'ajv';
import { printable } from '../common/text.js';
import { describeValue } from './describe-value.js';
import { evaluationOrder } from './error-order.js';

/** One thing that is wrong, and where: a JSON Pointer without its first slash. */
export interface Finding {
  readonly pointer: string;
  readonly message: string;
}

/** A place that an integer beyond ±(2^53 − 1) was written at. */
export interface UnsafePlace {
  readonly pointer: string;
  readonly literal: string;
}

/** Names that are listed where a message lists names. */
const MAX_NAMES = 100;

/** The end of what is said of an integer that a JavaScript number cannot hold. */
export const BEYOND_SAFE = 'is beyond ±(2^53 - 1), the integers that a JavaScript number can hold; make it a string';

/**
 * ajv's errors in words, each of them once, in the order of evaluation. Their pointers begin with `root`, a pointer as
 * well. With `redact` they show nothing of a value but its type, and names of properties.
 */
export function describeErrors(root: string, errors: readonly ErrorObject[], redact: boolean): Finding[] {
  const findings = new Map<string, Finding>();
  for (const error of evaluationOrder(errors)) {
    const message = describeError(error, redact);
    const pointer = root + error.instancePath;
    if (message !== undefined) findings.set(`${pointer} ${message}`, { pointer, message });
  }
  // What sums up others is left out only where there are others.
  if (findings.size === 0 && errors.length > 0) return [{ pointer: root, message: 'does not satisfy its schema' }];
  return [...findings.values()];
}

/** `findings`, and for each place that it has such an integer. A value that was rounded says so in its literal. */
export function withUnsafeIntegers(
  findings: readonly Finding[],
  unsafe: readonly UnsafePlace[],
  redact: boolean,
): readonly Finding[] {
  if (unsafe.length === 0) return findings;
  const places = new Set(unsafe.map(({ pointer }) => pointer));
  const others = findings.filter(({ pointer, message }) => !(places.has(pointer) && message.endsWith(BEYOND_SAFE)));
  const added = unsafe.map(({ pointer, literal }) => {
    const text = literal.length > 100 ? `${literal.slice(0, 100)}…` : literal;
    return { pointer, message: `${redact ? '<number>' : text} ${BEYOND_SAFE}` };
  });
  return [...others, ...added];
}

/** The words for one error; undefined for one that only sums up others. */
function describeError({ keyword, params, data }: ErrorObject, redact: boolean): string | undefined {
  const value = (): string => describeValue(data, redact);
  switch (keyword) {
    case 'type':
      return Array.isArray(params.type)
        ? `${value()} is not of types ${[...params.type].sort().map(quote).join(', ')}`
        : `${value()} is not of type ${quote(params.type)}`;
    case 'required':
      return `${quote(params.missingProperty)} is a required property`;
    case 'items':
      return TOO_MANY;
    case 'additionalProperties':
      return params.unexpected === undefined ? TOO_MANY : unexpected(params.unexpected);
    case 'enum':
      return `${value()} is not one of ${candidates(params.allowedValues)}`;
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

/** A list or map whose further entries were not looked at. */
const TOO_MANY = 'has so many faults inside that not all are listed';

function unexpected(names: readonly string[]): string {
  const listed = [...names].sort().slice(0, MAX_NAMES).map(shortName);
  const rest = names.length - listed.length;
  const verb = names.length === 1 ? 'was' : 'were';
  return `Additional properties are not allowed (${listed.join(', ')}${rest > 0 ? ` and ${rest} more` : ''} ${verb} unexpected)`;
}

function shortName(name: string): string {
  return `'${printable(name.length > 100 ? `${[...name.slice(0, 200)].slice(0, 100).join('')}…` : name)}'`;
}

function candidates(values: readonly unknown[]): string {
  const texts = values.map((value) => describeValue(value, false));
  if (texts.length > 3) return `${texts.slice(0, 2).join(', ')} or ${texts.length - 2} other candidates`;
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} or ${last}`;
}

/** `text` as JSON writes a string, but with `\` and `"` as they are: patterns are easier to read so. */
function quote(text: string): string {
  return `"${text}"`;
}
