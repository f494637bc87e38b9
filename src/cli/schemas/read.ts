/** The schemas that a command works with. */
import { readFileSync } from 'node:fs';
import { normalize } from 'node:path';
import { type Issue, SchemaError } from '../../common/errors.js';
import { loadSchemas } from '../../schema/load-schemas.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import type { IntegerRule } from '../../schema/value-validator.js';
import { CommandErrors } from '../terminal/errors.js';
import { describeIssues, describeNodeIssues, type LocatedIssue, splitPointer } from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import { JsonText } from './json-position.js';

/**
 * The schemas of all namespaces in `directory`, by name. What only a Node.js service refuses is a warning.
 *
 * @param directory as the user wrote it: messages begin paths with it
 * @throws {CommandErrors} with all issues of all schemas
 */
export function readSchemas(directory: string, output: Output): ReadonlyMap<string, NamespaceSchema> {
  const schemas = loadChecked((integers) => load(directory, integers), readText, output);
  return new Map(schemas.map((schema) => [schema.namespace, schema]));
}

/** What was loaded by some rule for integers, and what is wrong with it. */
export interface Loaded<T> {
  readonly schemas: T;
  readonly issues: readonly Issue[];
}

/**
 * The schemas that `load` gives. What only a Node.js service refuses is a warning.
 *
 * @param textOf a file's text, to find the place of a fault in it; undefined where it has none
 * @throws {CommandErrors} with all issues of all schemas
 */
export function loadChecked<T>(
  load: (integers: IntegerRule) => Loaded<T>,
  textOf: (file: string) => string | undefined,
  output: Output,
): T {
  const safe = load('safe');
  const { schemas, issues } = safe.issues.length === 0 ? safe : load('any');
  if (issues.length > 0) {
    throw new CommandErrors([...groupByFile(issues, textOf)].map(([file, located]) => describe(file, located)));
  }
  for (const [file, located] of groupByFile(safe.issues, textOf)) {
    output.warn(describeNodeIssues(file, located));
  }
  return schemas;
}

function load(directory: string, integers: IntegerRule): Loaded<readonly NamespaceSchema[]> {
  try {
    return { schemas: loadSchemas({ directory, integers, isSourceTree: true }), issues: [] };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    return { schemas: [], issues: error.issues.map((issue) => ({ ...issue, file: asWritten(issue.file, directory) })) };
  }
}

/** `file`, which begins with the normal form of `directory`, as a path that begins with the directory itself. */
function asWritten(file: string, directory: string): string {
  const normal = normalize(directory);
  if (normal === directory || directory === '') return file;
  const rest = normal === '.' ? `/${file}` : file.slice(normal.replace(/\/$/, '').length);
  return directory.replace(/\/$/, '') + rest;
}

function groupByFile(
  issues: readonly Issue[],
  textOf: (file: string) => string | undefined,
): ReadonlyMap<string, readonly LocatedIssue[]> {
  const files = new Map<string, LocatedIssue[]>();
  const texts = new Map<string, JsonText | undefined>();
  for (const { file, pointer, message } of issues) {
    if (!texts.has(file)) texts.set(file, toJsonText(textOf(file)));
    const position = isPlaced(message) ? undefined : texts.get(file)?.findPosition(joinPath(pointer, message));
    files.set(file, [...(files.get(file) ?? []), { pointer, message, position }]);
  }
  return files;
}

function describe(file: string, issues: readonly LocatedIssue[]): string {
  return describeIssues(`Schema error in ${file}:`, file, issues);
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
function joinPath(pointer: string, message: string): string[] {
  if (pointer === '') {
    // A fault of the document around the options begins with the key that it is about.
    const key = /^"(\w+)" /.exec(message)?.[1];
    return key === undefined ? [] : [key];
  }
  const path = ['properties', ...splitPointer(pointer)];
  if (!message.startsWith('default value does not match schema: ')) return path;
  const inDefault = / \(at default\/(.+)\)$/.exec(message)?.[1] ?? '';
  return [...path, 'default', ...splitPointer(inDefault)];
}
