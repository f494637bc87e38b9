/** What has to hold of any input, however it was spoiled. */

import { DecodedSnapshot } from '../../src/codec/decode.js';
import { SnapshotEncoder } from '../../src/codec/encode.js';
import type { Issue } from '../../src/common/errors.js';
import type { OptionValue } from '../../src/common/value.js';
import { JsonError, parseJson } from '../../src/files/strict-json.js';
import { checkValues } from '../../src/schema/check-values.js';
import { compileSchema, type NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { allows, type Type } from '../support/allows.js';
import { isDeeplyFrozen, isSame } from '../support/same.js';
import { strictJson } from './oracle.js';

const NAMESPACE = 'seer';
const FILE = '/file.json';

/** A schema, and the types that its text declares. */
export interface Compiled {
  readonly schema: NamespaceSchema;
  readonly types: ReadonlyMap<string, Type>;
}

/** Fails with what does not hold. */
function hold(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Error(what());
}

/** The schema in `bytes`; undefined where it is refused, as it then has to be. */
export function checkSchemaBytes(bytes: Buffer): Compiled | undefined {
  checkParse(bytes);
  const result = compileSchema(NAMESPACE, FILE, bytes);
  if ('issues' in result) {
    checkIssues(result.issues);
    return undefined;
  }
  const { schema } = result;
  const document = strictJson(bytes)?.value as { properties: Record<string, Type> } | undefined;
  hold(document !== undefined, () => 'a schema was taken that is no strict JSON');
  const types = new Map(Object.entries(document.properties));
  hold(isSame([...schema.options.keys()], [...types.keys()]), () => 'the schema has other options than its text');
  for (const { name, isFlag, defaultValue, validate } of schema.options.values()) {
    const type = types.get(name);
    hold(isFlag === (defaultValue === undefined), () => `${name}: a flag has a default, or an option none`);
    if (isFlag || defaultValue === undefined) continue;
    hold(type !== undefined && allows(type, defaultValue), () => `${name}: the default was taken, and is not allowed`);
    hold(validate(defaultValue).length === 0, () => `${name}: the default is refused as a value`);
  }
  return { schema, types };
}

/** What the values in `bytes` came to. */
export function checkValuesBytes({ schema, types }: Compiled, bytes: Buffer): 'taken' | 'refused' | 'no JSON' {
  checkParse(bytes);
  const result = checkValues(schema, FILE, bytes, { redact: false });
  const document = strictJson(bytes);
  if (!result.ok) {
    checkIssues(result.issues);
    hold(result.isMalformed === (document === undefined), () => 'malformed, and is JSON; or the other way round');
    if (document === undefined) return 'no JSON';
    checkBlame(types, (document.value as { options?: unknown } | null)?.options, result.issues);
    return 'refused';
  }
  hold(document !== undefined, () => 'values were taken that are no strict JSON');
  const { options } = document.value as { options: Record<string, OptionValue> };
  const known = Object.entries(options).filter(([name]) => types.has(name));
  const unknown = Object.keys(options).filter((name) => !types.has(name));
  hold(isSame([...result.values], known), () => 'the values are not those of JSON.parse');
  hold(isSame(result.unknown, unknown), () => 'the unknown names are not those of the file');
  for (const [name, value] of known) {
    const option = schema.options.get(name);
    const type = types.get(name);
    if (option?.isFlag === true || type === undefined) continue;
    hold(allows(type, value), () => `${name}: the value was taken, and is not allowed`);
  }
  checkCodec(known.map(([, value]) => value));
  return 'taken';
}

/** Of options that are no flags, those are blamed that their types do not allow, and none else. */
function checkBlame(types: Compiled['types'], options: unknown, issues: readonly Issue[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return;
  for (const [name, value] of Object.entries(options)) {
    const type = types.get(name);
    if (type === undefined || '$ref' in type) continue;
    const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
    const found = issues.filter(({ pointer }) => pointer.split('/')[0] === step);
    // What the value does not show: that an integer was written with more digits than a number can hold.
    const isUnsafe = found.length > 0 && found.every(({ message }) => message.includes(' is beyond ±'));
    hold(isUnsafe || found.length > 0 === !allows(type, value), () => `${name}: ${JSON.stringify(found)}`);
  }
}

/** Strict JSON is parsed as JSON.parse does; anything else is a JsonError that says where. */
function checkParse(bytes: Buffer): void {
  const expected = strictJson(bytes);
  try {
    const { value, unsafeIntegers } = parseJson(bytes);
    hold(expected !== undefined, () => 'parsed, and is no strict JSON');
    hold(isSame(value, expected.value), () => 'parsed, but not as JSON.parse does');
    for (const { literal } of unsafeIntegers) {
      hold(!Number.isSafeInteger(Number(literal)), () => `${literal} is a safe integer`);
    }
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    hold(expected === undefined, () => `strict JSON was refused: ${error.message}`);
    checkPlace(error, bytes.toString());
  }
}

function checkPlace({ line, column, message }: JsonError, text: string): void {
  const lines = text.split('\n');
  const length = lines[line - 1]?.length ?? -1;
  hold(column >= 1 && column <= length + 1, () => `there is no place such as in: ${message}`);
  const what = /^Failed to parse JSON: (?<what>.+) at line \d+ column \d+$/.exec(message)?.groups?.what;
  // What is said where nothing was found that is wrong.
  hold(what !== undefined && what !== 'invalid JSON', () => `nothing is said of what is wrong: ${message}`);
}

function checkIssues(issues: readonly Issue[]): void {
  hold(issues.length > 0, () => 'refused without a issue');
  for (const { file, namespace, pointer, message } of issues) {
    hold(file === FILE && namespace === NAMESPACE, () => `a issue of ${file}, ${namespace}`);
    hold(message !== '' && !/undefined|\[object/.test(message), () => `a issue that says: ${message}`);
    hold(!pointer.startsWith('/') && Buffer.from(pointer).toString() === pointer, () => `a issue at ${pointer}`);
  }
}

/** What goes into a snapshot comes out the same, and frozen. */
function checkCodec(values: readonly OptionValue[]): void {
  const encoder = new SnapshotEncoder(values.length + 1);
  values.forEach((value, index) => {
    encoder.set(index, value);
  });
  const snapshot = new DecodedSnapshot(1, encoder.finish().slice(), values.length + 1);
  values.forEach((value, index) => {
    const decoded = snapshot.value(index);
    hold(isSame(decoded, value) && isDeeplyFrozen(decoded), () => `value ${index} is not the same after the codec`);
  });
  hold(!snapshot.isset(values.length), () => 'a value that was not set is set after the codec');
}
