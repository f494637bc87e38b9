/**
 * Reads values in any form that they have on their way from a repository to a pod. Runs in the command line's main
 * thread.
 */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { OptionValue } from '../../common/value.js';
import { VALUES_FILE } from '../../config/base-directory.js';
import { CommandError } from '../terminal/errors.js';
import { isTestFile } from '../values/list-files.js';
import { DEFAULT_TARGET } from '../values/tree.js';
import { toJson } from '../yaml/node.js';
import { parseYaml } from '../yaml/parse.js';
import { UNNAMED, type ValueSet } from './diff.js';
import { isStream, readInput } from './input.js';
import { parse, readDocument, readValues, stripPrefix } from './manifest.js';

type Values = ReadonlyMap<string, OptionValue>;

/**
 * Returns the values at `path`, by namespace, without validating them.
 *
 * @param path a base directory, a mounted ConfigMap, the directory of a target (merged over the target `default`), a
 *   `values.json`, a YAML file of values, the manifest of a ConfigMap or of a List of them in YAML or JSON; a stream of
 *   these, or `-` for stdin
 * @throws {CommandError} if `path` is none of these, or cannot be read
 */
export function readValueSet(path: string): ValueSet {
  if (isStream(path)) return readFile(path, UNNAMED);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new CommandError(`${path} does not exist`);
  if (!stat.isDirectory()) return readFile(path, findNamespace(path));
  const mounted = join(path, VALUES_FILE);
  if (existsSync(mounted)) return new Map([[basename(resolve(path)), readJson(mounted)]]);
  const values = join(path, 'values');
  if (existsSync(values)) return readMounts(values);
  if (listYamlFiles(path).length > 0) return new Map([readTarget(path)]);
  throw new CommandError(
    `${path} has no values; it must hold values/NAMESPACE/values.json, values.json, or the .yaml files of a target. ` +
      'To compare the values of all namespaces and targets, pass --schemas, --base and --head',
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
  return [basename(namespace), new Map(files.flatMap((file) => [...readTargetFile(file)]))];
}

function listYamlFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => extname(name) === '.yaml' && !isTestFile(name))
    .sort()
    .map((name) => join(directory, name));
}

/** Returns the values of a target's file. */
function readTargetFile(file: string): Values {
  const [values] = readDocument(file, '', parseYamlFile(file, readInput(file))).values();
  return values as Values;
}

/** Returns the namespace of a file of values, by its path. */
function findNamespace(file: string): string {
  if (/^\/(?:dev|proc)\//.test(file)) return UNNAMED;
  if (extname(file) !== '.json') return basename(dirname(dirname(resolve(file))));
  return basename(file) === VALUES_FILE ? basename(dirname(resolve(file))) : stripPrefix(basename(file, '.json'));
}

/** Reads a file or a stream. */
function readFile(file: string, namespace: string): ValueSet {
  return readDocument(file, namespace, parseDocument(file, readInput(file)));
}

/**
 * Parses JSON or YAML. Both may begin with a brace: what is not valid JSON may be YAML, except in a `.json` file.
 *
 * @throws {CommandError} if the document is neither; with the issue of JSON if it begins with a brace
 */
export function parseDocument(file: string, bytes: Uint8Array): OptionValue {
  const extension = extname(file);
  if (extension === '.json') return parse(file, bytes);
  if (extension === '.yaml' || !isBrace(bytes)) return parseYamlFile(file, bytes);
  try {
    return parse(file, bytes);
  } catch (error) {
    try {
      return parseYamlFile(file, bytes);
    } catch {
      throw error;
    }
  }
}

function isBrace(bytes: Uint8Array): boolean {
  return bytes.find((byte) => !BLANKS.includes(byte)) === BRACE;
}

/** The codes of space, tab, line feed and carriage return. */
const BLANKS = [0x20, 0x09, 0x0a, 0x0d];
const BRACE = 0x7b;

function readJson(file: string): Values {
  return readValues(file, readInput(file));
}

/** @throws {CommandError} if the document is not valid YAML, or not a mapping */
function parseYamlFile(file: string, bytes: Uint8Array): OptionValue {
  const { root, issues, positionOf } = parseYaml(bytes);
  const [issue] = issues;
  if (issue !== undefined) {
    const { line, column } = positionOf(issue.offset);
    throw new CommandError(`${file}:${line}:${column}: ${issue.message}`);
  }
  if (root?.kind === 'map') return JSON.parse(toJson(root));
  const got = root === undefined ? 'nothing: it is empty' : 'another document';
  throw new CommandError(`${file} must be a ConfigMap or a file of values, which are YAML mappings; got ${got}`);
}
