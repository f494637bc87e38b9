/** Reads values from a parsed document: a ConfigMap, a list of them as kubectl prints it, or the values themselves. Pure. */
import { formatText } from '../../common/text.js';
import { isObject, type OptionValue } from '../../common/value.js';
import { VALUES_FILE } from '../../config/base-directory.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { CommandError } from '../terminal/errors.js';
import type { ValueSet } from './diff.js';

type Values = ReadonlyMap<string, OptionValue>;
type Fields = { readonly [key: string]: OptionValue };

/** The prefix of the names of ConfigMaps and of the JSON files of targets, as `write` names them. */
const NAME_PREFIX = 'sentry-options-';

/** Removes the prefix that `write` gives to names. */
export function stripPrefix(name: string): string {
  return name.startsWith(NAME_PREFIX) ? name.slice(NAME_PREFIX.length) : name;
}

/**
 * Returns the values in `document`, by namespace.
 *
 * @param file the document's name, for messages
 * @param namespace the namespace of a document that does not name one
 * @throws {CommandError} if the document has another form
 */
export function readDocument(file: string, namespace: string, document: OptionValue): ValueSet {
  const kind = isObject(document) ? readField(document, 'kind') : undefined;
  if (!isObject(document) || kind === undefined) return new Map([[namespace, readOptions(file, document)]]);
  if (kind === 'ConfigMap') return new Map([readConfigMap(file, document)]);
  if (typeof kind === 'string' && kind.endsWith('List')) return readList(file, document);
  const got = typeof kind === 'string' ? `kind ${formatText(kind)}` : 'another kind';
  throw new CommandError(`${file} must be a ConfigMap, a List of them, or values; got ${got}`);
}

/** Returns the values in `bytes`, the content of a `values.json`. */
export function readValues(file: string, bytes: Uint8Array): Values {
  return readOptions(file, parse(file, bytes));
}

/** Parses strict JSON. */
export function parse(file: string, bytes: Uint8Array): OptionValue {
  try {
    return parseJson(bytes).value;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new CommandError(`${file}: ${error.message}`, { cause: error });
  }
}

function readOptions(file: string, document: OptionValue): Values {
  const options = isObject(document) ? readField(document, 'options') : undefined;
  if (options !== undefined && isObject(options)) return new Map(Object.entries(options));
  throw new CommandError(`${file} must have an 'options' key with an object`);
}

/** Reads a list, which may also have ConfigMaps of others. */
function readList(file: string, list: Fields): ValueSet {
  const items = readField(list, 'items');
  const found = new Map<string, Values>();
  for (const item of Array.isArray(items) ? (items as readonly OptionValue[]) : []) {
    if (!isObject(item) || !hasValues(item)) continue;
    const [namespace, values] = readConfigMap(file, item);
    if (found.has(namespace)) {
      throw new CommandError(
        `${file} has several ConfigMaps with values of '${formatText(namespace)}'; select one cluster namespace`,
      );
    }
    found.set(namespace, values);
  }
  if (found.size > 0) return found;
  throw new CommandError(`${file} is a List in which no ConfigMap has the key '${VALUES_FILE}' in its data`);
}

function hasValues(item: Fields): boolean {
  const data = readField(item, 'data');
  return (
    readField(item, 'kind') === 'ConfigMap' && data !== undefined && isObject(data) && Object.hasOwn(data, VALUES_FILE)
  );
}

function readConfigMap(file: string, { metadata = null, data = null }: Fields): [string, Values] {
  const text = isObject(data) ? readField(data, VALUES_FILE) : undefined;
  const name = isObject(metadata) ? readField(metadata, 'name') : undefined;
  if (typeof text !== 'string' || typeof name !== 'string') {
    throw new CommandError(`${file} must be a ConfigMap with a name, and the key '${VALUES_FILE}' in its data`);
  }
  return [stripPrefix(name), readValues(`${file}: ${VALUES_FILE} of ${formatText(name)}`, Buffer.from(text))];
}

function readField(fields: Fields, name: string): OptionValue | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}
