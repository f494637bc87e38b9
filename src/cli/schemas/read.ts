/** Reads and checks the schemas that a command works with. Runs in the command line's main thread. */
import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { type Issue, SchemaError } from '../../common/errors.js';
import { escapeControlChars } from '../../common/text.js';
import { SCHEMA_FILE } from '../../config/base-directory.js';
import type { Position } from '../../files/text-position.js';
import { describeNoNamespaces, describeSkippedLinks, type NamespaceList } from '../../schema/list-namespaces.js';
import { loadSchemas, NO_DIRECTORY } from '../../schema/load-schemas.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import type { IntegerRule } from '../../schema/value-validator.js';
import { CommandError, CommandErrors } from '../terminal/errors.js';
import {
  describeIssues,
  describeNodeIssues,
  type LocatedIssue,
  readUnexpected,
  splitPointer,
} from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import { findDuplicateKeys } from './duplicate-keys.js';
import { findSchemas } from './find-directory.js';
import { JsonText } from './json-position.js';
import { adviseOnSyntax, NOTHING } from './json-syntax.js';
import { adviseOnMissing } from './probable-mistakes.js';

/**
 * Reads the schemas in `directory`, by namespace. Prints a warning for what only a Node.js service rejects, and for
 * keys that a schema has twice; names the links that are not followed.
 *
 * @param directory as the user wrote it: paths in messages begin with it
 * @param isStrict whether what it would warn of is an error
 * @throws {CommandErrors} if a schema is invalid; with all issues of all schemas
 * @throws {CommandError} if there is no schema: a check that checked nothing must not pass
 */
export function readSchemas(
  directory: string,
  output: Pick<Output, 'info' | 'warn'>,
  isStrict = false,
): ReadonlyMap<string, NamespaceSchema> {
  let list: NamespaceList = { namespaces: [], skipped: [] };
  const onList = (found: NamespaceList): void => {
    list = found;
  };
  let schemas: readonly NamespaceSchema[];
  try {
    schemas = loadChecked((integers) => load(directory, isStrict ? 'safe' : integers, onList), readText, output);
  } catch (error) {
    // Each folder without a schema is an issue, and none of them is the cause.
    const meant = error instanceof CommandErrors ? findSchemas(directory) : undefined;
    throw meant === undefined ? error : new CommandError(describeWrong(directory, meant));
  }
  if (schemas.length === 0) {
    const meant = findSchemas(directory);
    const hint = meant === undefined ? '' : ` Did you mean --schemas ${meant}?`;
    throw new CommandError(escapeControlChars(describeNoNamespaces(directory, list) + hint));
  }
  reportDuplicateKeys(schemas, directory, output, isStrict);
  const links = describeSkippedLinks(directory, list);
  if (links !== undefined) output.info(links);
  return new Map(schemas.map((schema) => [schema.namespace, schema]));
}

/**
 * Warns of keys that a schema has twice, such as an option that two people added: valid, and probably not meant.
 *
 * @throws {CommandErrors} instead, if `isStrict`
 */
function reportDuplicateKeys(
  schemas: readonly NamespaceSchema[],
  directory: string,
  output: Pick<Output, 'warn'>,
  isStrict: boolean,
): void {
  const messages: string[] = [];
  for (const { file: path, source } of schemas) {
    const file = asWritten(path, directory);
    const issues = findDuplicateKeys(Buffer.from(source).toString(), file);
    if (isStrict && issues.length > 0) messages.push(describe(file, issues));
    else if (issues.length > 0) output.warn(describeIssues(`Probably not meant in ${file}:`, file, issues));
  }
  if (messages.length > 0) throw new CommandErrors(messages);
}

/** Says that `directory` has no schemas, and which one does. */
function describeWrong(directory: string, meant: string): string {
  const isFolder = existsSync(join(directory, '.'));
  const other = existsSync(directory) ? `${directory} is a file` : `${directory} does not exist`;
  const what = isFolder ? `no folder in ${directory} has a ${SCHEMA_FILE}` : other;
  return escapeControlChars(`--schemas: ${what}; did you mean --schemas ${meant}?`);
}

/** Schemas, and their issues under one rule for integers. */
export interface Loaded<T> {
  readonly schemas: T;
  readonly issues: readonly Issue[];
}

/**
 * Returns the schemas that `load` returns. Prints a warning for what only a Node.js service rejects: an issue that
 * `load` finds under the rule `safe` and not under the rule `any`.
 *
 * @param textOf returns the text of a file, to find positions in it; undefined if it cannot be read
 * @throws {CommandErrors} if a schema is invalid; with all issues of all schemas
 */
export function loadChecked<T>(
  load: (integers: IntegerRule) => Loaded<T>,
  textOf: (file: string) => string | undefined,
  output: Pick<Output, 'warn'>,
): T {
  const safe = load('safe');
  const { schemas, issues } = safe.issues.length === 0 ? safe : load('any');
  if (issues.length > 0) {
    throw new CommandErrors(
      [...groupByFile(issues, textOf)].map(([file, located]) => ({ message: describe(file, located), file })),
    );
  }
  for (const [file, located] of groupByFile(safe.issues, textOf)) {
    output.warn(describeNodeIssues(file, located));
  }
  return schemas;
}

/** The library's message names settings that the command line does not have. */
const CORRECT = 'The schemas directory does not exist; correct --schemas, or create it';

function load(
  directory: string,
  integers: IntegerRule,
  onList: (list: NamespaceList) => void,
): Loaded<readonly NamespaceSchema[]> {
  try {
    return { schemas: loadSchemas({ directory, integers, onList, isSourceTree: true }), issues: [] };
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const issues = error.issues
      .map(adviseOnMissing)
      .map((issue) => ({ ...issue, file: asWritten(issue.file, directory) }));
    return {
      schemas: [],
      issues: issues.map((issue) => (issue.message === NO_DIRECTORY ? { ...issue, message: CORRECT } : issue)),
    };
  }
}

/** Returns `file`, which begins with the normalized `directory`, as a path that begins with `directory` as written. */
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
    const syntax = readPosition(message);
    const { advice, at } = syntax === undefined ? NOTHING : adviseOnSyntax(textOf(file) ?? '', message, syntax);
    const position = isAboutDirectory(message)
      ? undefined
      : (at ?? syntax ?? locate(texts.get(file), joinPath(pointer, message), message));
    const located = files.get(file);
    const issue = { pointer, message: message + advice, position };
    if (located === undefined) files.set(file, [issue]);
    else located.push(issue);
  }
  return files;
}

/** Finds a key that is not allowed, or else the value at `path`. */
function locate(text: JsonText | undefined, path: readonly string[], message: string): Position | undefined {
  const key = readUnexpected(message);
  return (key === undefined ? undefined : text?.findName([...path, key])) ?? text?.findPosition(path);
}

function describe(file: string, issues: readonly LocatedIssue[]): string {
  return describeIssues(`Schema error in ${file}:`, file, issues);
}

function isAboutDirectory(message: string): boolean {
  return message.startsWith('The schemas directory ');
}

/** Reads the position that a message about invalid JSON ends with: a text that is not JSON has no other. */
function readPosition(message: string): Position | undefined {
  const [, line, column] = / at line (\d+) column (\d+)$/.exec(message) ?? [];
  return line === undefined ? undefined : { line: Number(line), column: Number(column) };
}

/** Returns undefined if the file cannot be read, which may be the issue itself. */
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

/** What a message says before the pointer to a part of a default, which a parenthesis ends. */
const IN_DEFAULT = ' (at default/';

/** Returns the path from the document's root to the value that an issue is about. */
function joinPath(pointer: string, message: string): string[] {
  if (pointer === '') {
    // The message of an issue outside the options begins with the place that it is about.
    const place = /^("[^"\\]*(?:\\.[^"\\]*)*") /.exec(message)?.[1];
    return place === undefined ? [] : splitPointer(JSON.parse(place));
  }
  const path = ['properties', ...splitPointer(pointer)];
  if (!message.startsWith('default value does not match schema: ')) return path;
  const start = message.lastIndexOf(IN_DEFAULT);
  const inDefault = start < 0 ? '' : message.slice(start + IN_DEFAULT.length, -1);
  return [...path, 'default', ...splitPointer(inDefault)];
}
