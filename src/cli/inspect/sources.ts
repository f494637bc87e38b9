/**
 * Reads values in any form that they have on their way from a repository to a pod. Runs in the command line's main
 * thread.
 */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { isObject, type OptionValue } from '../../common/value.js';
import { VALUES_FILE } from '../../config/base-directory.js';
import { FileError } from '../../files/file-error.js';
import { MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { CommandError } from '../terminal/errors.js';
import { DEFAULT_TARGET } from '../values/load.js';
import { toJson, type YamlMap, type YamlNode } from '../yaml/node.js';
import { parseYaml } from '../yaml/parse.js';
import type { ValueSet } from './diff.js';

type Values = ReadonlyMap<string, OptionValue>;

/** The prefix of the names of ConfigMaps and of the JSON files of targets, as `write` names them. */
const NAME_PREFIX = 'sentry-options-';

/**
 * Returns the values at `path`, by namespace, without validating them.
 *
 * @param path a base directory, a mounted ConfigMap, the directory of a target (merged over the target `default`), a
 *   `values.json`, a YAML file of values, or the manifest of a ConfigMap
 * @throws {CommandError} if `path` is none of these, or cannot be read
 */
export function readValueSet(path: string): ValueSet {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new CommandError(`${path} does not exist`);
  if (!stat.isDirectory()) return new Map([readFile(path)]);
  const mounted = join(path, VALUES_FILE);
  if (existsSync(mounted)) return new Map([[basename(resolve(path)), readJson(mounted)]]);
  const values = join(path, 'values');
  if (existsSync(values)) return readMounts(values);
  if (listYamlFiles(path).length > 0) return new Map([readTarget(path)]);
  throw new CommandError(
    `${path} has no values; it must hold values/NAMESPACE/values.json, values.json, or the .yaml files of a target`,
  );
}

function readMounts(directory: string): ValueSet {
  const names = readdirSync(directory).filter((name) => !name.startsWith('.'));
  const files = names.map((name) => [name, join(directory, name, VALUES_FILE)] as const);
  return new Map(files.filter(([, file]) => existsSync(file)).map(([name, file]) => [name, readJson(file)]));
}

function readTarget(directory: string): [string, Values] {
  const namespace = dirname(resolve(directory));
  const layers = [join(namespace, DEFAULT_TARGET), resolve(directory)].filter((layer) => existsSync(layer));
  const files = [...new Set(layers)].flatMap((layer) => listYamlFiles(layer));
  return [basename(namespace), new Map(files.flatMap((file) => [...findOptions(file, readYaml(file))]))];
}

function listYamlFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => extname(name) === '.yaml')
    .sort()
    .map((name) => join(directory, name));
}

function readFile(file: string): [string, Values] {
  if (extname(file) === '.json') {
    const isMounted = basename(file) === VALUES_FILE;
    return [isMounted ? basename(dirname(resolve(file))) : stripPrefix(basename(file, '.json')), readJson(file)];
  }
  const document = readYaml(file);
  const kind = member(document, 'kind');
  if (kind?.kind !== 'scalar') return [basename(dirname(dirname(resolve(file)))), findOptions(file, document)];
  const data = member(document, 'data');
  const text = data?.kind === 'map' ? readString(member(data, VALUES_FILE)) : undefined;
  const metadata = member(document, 'metadata');
  const name = metadata?.kind === 'map' ? readString(member(metadata, 'name')) : undefined;
  if (text === undefined || name === undefined) {
    throw new CommandError(`${file} must be a ConfigMap with a name, and the key '${VALUES_FILE}' in its data`);
  }
  return [stripPrefix(name), parseValues(file, Buffer.from(text))];
}

function stripPrefix(name: string): string {
  return name.startsWith(NAME_PREFIX) ? name.slice(NAME_PREFIX.length) : name;
}

function readJson(file: string): Values {
  return parseValues(file, read(file));
}

function parseValues(file: string, bytes: Uint8Array): Values {
  try {
    const { value } = parseJson(bytes);
    const options = isObject(value) && Object.hasOwn(value, 'options') ? value.options : undefined;
    if (options !== undefined && isObject(options)) return new Map(Object.entries(options));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    throw new CommandError(`${file}: ${error.message}`, { cause: error });
  }
  throw new CommandError(`${file} must have an 'options' key with an object`);
}

/** @throws {CommandError} if the document of the file is not valid YAML, or not a mapping */
function readYaml(file: string): YamlMap {
  const { root, issues, positionOf } = parseYaml(read(file));
  const [issue] = issues;
  if (issue !== undefined) {
    const { line, column } = positionOf(issue.offset);
    throw new CommandError(`${file}:${line}:${column}: ${issue.message}`);
  }
  if (root?.kind === 'map') return root;
  throw new CommandError(
    `${file} must be a ConfigMap or a file of values, which are YAML mappings; got another document`,
  );
}

function findOptions(file: string, document: YamlMap): Values {
  const options = member(document, 'options');
  if (options?.kind !== 'map') throw new CommandError(`${file} must have an 'options' key with a mapping`);
  return new Map([...options.members].map(([name, { value }]) => [name, JSON.parse(toJson(value)) as OptionValue]));
}

function member(map: YamlMap, name: string): YamlNode | undefined {
  return map.members.get(name)?.value;
}

function readString(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && node.type === 'string' ? (JSON.parse(node.json) as string) : undefined;
}

function read(file: string): Uint8Array {
  try {
    return readWhole(file, MAX_FILE_BYTES).bytes;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new CommandError(`${file} ${error.message}`, { cause: error });
  }
}
