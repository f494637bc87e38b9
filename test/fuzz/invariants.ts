/** The invariants that hold for any input, whatever the mutation. */

import { isDeepStrictEqual } from 'node:util';
import { composeSnapshot } from '../../src/codec/compose.js';
import type { Issue } from '../../src/common/errors.js';
import type { OptionValue } from '../../src/common/value.js';
import { JsonError, parseJson } from '../../src/files/strict-json.js';
import { makePatternFlagId } from '../../src/names/option-id.js';
import { checkValues } from '../../src/schema/check-values.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { encodeNamespace } from '../../src/schema/share-schemas.js';
import { allows, type Type } from '../support/allows.js';
import { encodeValues, openValues } from '../support/encoded.js';
import { isDeeplyFrozen, isSame } from '../support/same.js';
import { parseStrictJson } from './oracle.js';

const NAMESPACE = 'seer';
const FILE = '/file.json';

/** A compiled schema, and the types that its source declares. */
export interface Compiled {
  readonly schema: NamespaceSchema;
  readonly types: ReadonlyMap<string, Type>;
}

/** A schema as written. */
interface SchemaDocument {
  readonly properties?: Record<string, Type>;
  readonly patternProperties?: unknown;
}

const FLAG = { $ref: '#/definitions/Feature' };
const FLAG_PATTERN = { '^feature\\.': FLAG };

/** @throws {Error} with `describe()` as its message if `condition` is false */
function hold(condition: boolean, describe: () => string): asserts condition {
  if (!condition) throw new Error(describe());
}

/** Compiles the schema in `bytes`; undefined if the library rejects it, and its issues are well-formed. */
export function checkSchemaBytes(bytes: Buffer): Compiled | undefined {
  checkParse(bytes);
  const result = compileSchema(NAMESPACE, FILE, bytes);
  if ('issues' in result) {
    checkIssues(result.issues, bytes);
    return undefined;
  }
  const { schema } = result;
  const document = parseStrictJson(bytes)?.value as SchemaDocument | undefined;
  hold(document !== undefined, () => 'a schema was accepted that is not strict JSON');
  const { properties, patternProperties } = document;
  hold(
    properties !== undefined || patternProperties !== undefined,
    () => 'a schema was accepted that declares nothing',
  );
  const hasPattern = patternProperties !== undefined;
  hold(!hasPattern || isSame(patternProperties, FLAG_PATTERN), () => 'a schema was accepted with another pattern');
  hold(schema.hasPatternFlags === hasPattern, () => 'the schema does not have the pattern of its source');
  const types = new Map(Object.entries(properties ?? {}));
  hold(isSame([...schema.options.keys()], [...types.keys()]), () => 'the schema has other options than its source');
  for (const { name, isFlag, defaultValue, validate } of schema.options.values()) {
    const type = types.get(name);
    hold(isFlag || !hasPattern || !name.startsWith('feature.'), () => `${name}: an option has the name of a flag`);
    hold(isFlag === (defaultValue === undefined), () => `${name}: a flag has a default, or an option has no default`);
    if (isFlag || defaultValue === undefined) continue;
    hold(
      type !== undefined && allows(type, defaultValue),
      () => `${name}: the default was accepted, and is not allowed`,
    );
    hold(validate(defaultValue).length === 0, () => `${name}: the default is rejected as a value`);
  }
  return { schema, types };
}

/** What became of values. */
export interface Checked {
  readonly outcome: 'accepted' | 'rejected' | 'malformed';
  /** How many flags by pattern they set, if they were accepted. */
  readonly patternFlags: number;
}

/** Checks the values in `bytes`, and returns the outcome. */
export function checkValuesBytes({ schema, types }: Compiled, bytes: Buffer): Checked {
  checkParse(bytes);
  const result = checkValues(schema, FILE, bytes, { redact: false });
  const document = parseStrictJson(bytes);
  if (!result.ok) {
    checkIssues(result.issues, bytes);
    hold(
      result.isMalformed === (document === undefined),
      () => 'isMalformed is true for JSON, or false for anything else',
    );
    if (document === undefined) return { outcome: 'malformed', patternFlags: 0 };
    const given = (document.value as { options?: unknown } | null)?.options;
    if (schema.hasPatternFlags) checkListed(schema, given, bytes);
    checkReportedOptions(types, given, result.issues);
    return { outcome: 'rejected', patternFlags: 0 };
  }
  hold(document !== undefined, () => 'values were accepted that are not strict JSON');
  const { options } = document.value as { options: Record<string, OptionValue> };
  const isByPattern = (name: string) => schema.hasPatternFlags && !types.has(name) && name.startsWith('feature.');
  const known = Object.entries(options).filter(([name]) => types.has(name) || isByPattern(name));
  const unknown = Object.keys(options).filter((name) => !types.has(name) && !isByPattern(name));
  hold(isSame([...result.values], known), () => 'the values differ from JSON.parse');
  hold(isSame(result.unknown, unknown), () => 'the unknown names differ from the file');
  for (const [name, value] of known) {
    const option = schema.options.get(name);
    const type = types.get(name);
    if (option?.isFlag === true || type === undefined) continue;
    hold(allows(type, value), () => `${name}: the value was accepted, and is not allowed`);
  }
  checkCodec(known.map(([, value]) => value));
  if (!schema.hasPatternFlags) return { outcome: 'accepted', patternFlags: 0 };
  checkListed(schema, options, bytes);
  const names = known.map(([name]) => name).filter(isByPattern);
  checkNames(schema, new Map(known), names);
  return { outcome: 'accepted', patternFlags: names.length };
}

/** A schema that lists the same flags instead of the pattern has the same result for the values in `bytes`. */
function checkListed(schema: NamespaceSchema, options: unknown, bytes: Buffer): void {
  const document = JSON.parse(Buffer.from(schema.source).toString());
  delete document.patternProperties;
  const names = typeof options === 'object' && options !== null ? Object.keys(options) : [];
  const flags = names.filter((name) => name.startsWith('feature.')).map((name) => [name, FLAG]);
  document.properties = { ...document.properties, ...Object.fromEntries(flags) };
  const listed = compileListed(JSON.stringify(document));
  const [a, b] = [schema, listed].map((one) => checkValues(one, FILE, bytes, { redact: false }));
  hold(isDeepStrictEqual(a, b), () => `flags by pattern: ${JSON.stringify(a)}, listed ones: ${JSON.stringify(b)}`);
}

/** The last schema that lists flags: most inputs have the names of the corpus. */
let lastListed: { readonly source: string; readonly schema: NamespaceSchema } | undefined;

function compileListed(source: string): NamespaceSchema {
  if (lastListed?.source !== source) {
    const compiled = compileSchema(NAMESPACE, FILE, Buffer.from(source));
    hold('schema' in compiled, () => 'a schema was rejected that lists the flags of a pattern');
    lastListed = { source, schema: compiled.schema };
  }
  return lastListed.schema;
}

/** Flags by pattern come out of a snapshot by their names, and no other name does. */
function checkNames(schema: NamespaceSchema, values: ReadonlyMap<string, OptionValue>, names: readonly string[]): void {
  const segment = encodeNamespace(schema, values);
  const snapshot = openValues(composeSnapshot({ generation: 1, segments: [segment] }), schema.options.size);
  const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  hold(isSame(snapshot.segment(0).patternFlags, sorted), () => 'a snapshot has other names than its values');
  for (const name of names) {
    const decoded = snapshot.decode(makePatternFlagId(0, name));
    hold(isSame(decoded, values.get(name)), () => `${name}: the flag is not the same after the codec`);
    const other = makePatternFlagId(0, `${name} `);
    hold(snapshot.isset(other) === values.has(`${name} `), () => `${name}: another name is taken for it`);
  }
}

/** The issues are of exactly those options, flags aside, whose types do not allow the value. */
function checkReportedOptions(types: Compiled['types'], options: unknown, issues: readonly Issue[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return;
  for (const [name, value] of Object.entries(options)) {
    const type = types.get(name);
    if (type === undefined || '$ref' in type) continue;
    const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
    const found = issues.filter(({ pointer }) => pointer.split('/')[0] === step);
    // The parsed value does not show that an integer was written with more digits than a number can hold.
    const isUnsafe = found.length > 0 && found.every(({ message }) => message.includes(' is beyond ±'));
    hold(isUnsafe || found.length > 0 === !allows(type, value), () => `${name}: ${JSON.stringify(found)}`);
  }
}

/** parseJson returns what JSON.parse returns for strict JSON, and throws a JsonError with a position otherwise. */
function checkParse(bytes: Buffer): void {
  const expected = parseStrictJson(bytes);
  try {
    const { value, unsafeIntegers } = parseJson(bytes);
    hold(expected !== undefined, () => 'parsed, and is not strict JSON');
    hold(isSame(value, expected.value), () => 'parsed, but not as JSON.parse does');
    for (const { literal } of unsafeIntegers) {
      hold(!Number.isSafeInteger(Number(literal)), () => `${literal} is a safe integer`);
    }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    hold(expected === undefined, () => `strict JSON was rejected: ${error.message}`);
    checkPosition(error, bytes.toString());
  }
}

function checkPosition({ line, column, message }: JsonError, text: string): void {
  const lines = text.split('\n');
  const length = lines[line - 1]?.length ?? -1;
  hold(column >= 1 && column <= length + 1, () => `the position does not exist: ${message}`);
  const what = /^Failed to parse JSON: (?<what>.+) at line \d+ column \d+$/.exec(message)?.groups?.what;
  // The message if no cause was found.
  hold(what !== undefined && what !== 'invalid JSON', () => `the message has no cause: ${message}`);
}

function checkIssues(issues: readonly Issue[], source: Buffer): void {
  hold(issues.length > 0, () => 'rejected without an issue');
  for (const { file, namespace, pointer, message } of issues) {
    hold(file === FILE && namespace === NAMESPACE, () => `an issue of ${file}, ${namespace}`);
    hold(message !== '' && !/undefined|\[object/.test(message), () => `an issue with the message: ${message}`);
    // The pointer of an option named '' begins with a slash.
    const isRelative = !pointer.startsWith('/') || source.includes('""');
    hold(isRelative && Buffer.from(pointer).toString() === pointer, () => `an issue at ${pointer}`);
  }
}

/** Values come out of a snapshot unchanged and frozen. */
function checkCodec(values: readonly OptionValue[]): void {
  const snapshot = openValues(encodeValues([...values, undefined]), values.length + 1);
  values.forEach((value, index) => {
    const decoded = snapshot.decode(index);
    hold(isSame(decoded, value) && isDeeplyFrozen(decoded), () => `value ${index} is not the same after the codec`);
  });
  hold(!snapshot.isset(values.length), () => 'a value that was not set is set after the codec');
}
