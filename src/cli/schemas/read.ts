/** The schemas that a command works with. */
import { readFileSync } from 'node:fs';
import { normalize } from 'node:path';
import { type Fault, SchemaError } from '../../common/errors.js';
import { loadSchemas } from '../../schema/load-schemas.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import type { IntegerRule } from '../../schema/value-validator.js';
import { CommandErrors } from '../terminal/errors.js';
import { describeFaults, describeRefused, type LocatedFault, pointerSteps } from '../terminal/issues.js';
import type { Output } from '../terminal/output.js';
import { JsonText } from './json-position.js';

/**
 * The schemas of all namespaces in `directory`, by name. What only a Node.js service refuses is a warning.
 *
 * @param directory as the user wrote it: messages begin paths with it
 * @throws {CommandErrors} with all faults of all schemas
 */
export function readSchemas(directory: string, output: Output): ReadonlyMap<string, NamespaceSchema> {
  const schemas = loadChecked((integers) => load(directory, integers), readText, output);
  return new Map(schemas.map((schema) => [schema.namespace, schema]));
}

/** What was loaded by some rule for integers, and what is wrong with it. */
export interface Loaded<T> {
  readonly schemas: T;
  readonly faults: readonly Fault[];
}

/**
 * The schemas that `load` gives. What only a Node.js service refuses is a warning.
 *
 * @param textOf a file's text, to find the place of a fault in it; undefined where it has none
 * @throws {CommandErrors} with all faults of all schemas
 */
export function loadChecked<T>(
  load: (integers: IntegerRule) => Loaded<T>,
  textOf: (file: string) => string | undefined,
  output: Output,
): T {
  const safe = load('safe');
  const { schemas, faults } = safe.faults.length === 0 ? safe : load('any');
  if (faults.length > 0) {
    throw new CommandErrors([...byFile(faults, textOf)].map(([file, located]) => describe(file, located)));
  }
  for (const [file, located] of byFile(safe.faults, textOf)) {
    output.warn(describeRefused(file, located));
  }
  return schemas;
}

function load(directory: string, integers: IntegerRule): Loaded<readonly NamespaceSchema[]> {
  try {
    return { schemas: loadSchemas({ directory, integers, isSourceTree: true }), faults: [] };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return { schemas: [], faults: error.faults.map((fault) => ({ ...fault, file: asWritten(fault.file, directory) })) };
  }
}

/** `file`, which begins with the normal form of `directory`, as a path that begins with the directory itself. */
function asWritten(file: string, directory: string): string {
  const normal = normalize(directory);
  if (normal === directory || directory === '') return file;
  const rest = normal === '.' ? `/${file}` : file.slice(normal.replace(/\/$/, '').length);
  return directory.replace(/\/$/, '') + rest;
}

function byFile(
  faults: readonly Fault[],
  textOf: (file: string) => string | undefined,
): ReadonlyMap<string, readonly LocatedFault[]> {
  const files = new Map<string, LocatedFault[]>();
  const texts = new Map<string, JsonText | undefined>();
  for (const { file, pointer, message } of faults) {
    if (!texts.has(file)) texts.set(file, toJsonText(textOf(file)));
    const position = isPlaced(message) ? undefined : texts.get(file)?.positionOf(pathOf(pointer, message));
    files.set(file, [...(files.get(file) ?? []), { pointer, message, position }]);
  }
  return files;
}

function describe(file: string, faults: readonly LocatedFault[]): string {
  return describeFaults(`Schema error in ${file}:`, file, faults);
}

/** Whether the message itself says where, as those about bad JSON do. */
function isPlaced(message: string): boolean {
  return / at line \d+ column \d+$/.test(message);
}

/** Undefined where there is no text, as where the fault is the file itself or its folder. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function toJsonText(text: string | undefined): JsonText | undefined {
  return text === undefined ? undefined : new JsonText(text);
}

/** The way from the document's root to what a fault is about. */
function pathOf(pointer: string, message: string): string[] {
  if (pointer === '') {
    // A fault of the document around the options begins with the key that it is about.
    const key = /^"(\w+)" /.exec(message)?.[1];
    return key === undefined ? [] : [key];
  }
  const path = ['properties', ...pointerSteps(pointer)];
  if (!message.startsWith('default value does not match schema: ')) return path;
  const inDefault = / \(at default\/(.+)\)$/.exec(message)?.[1] ?? '';
  return [...path, 'default', ...pointerSteps(inDefault)];
}
