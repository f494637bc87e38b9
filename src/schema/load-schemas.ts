/** Loads the schemas of all namespaces, once, at startup. Runs in the watcher, in tests and in the command line. */

import { join } from 'node:path';
import { type Issue, toSchemaError } from '../common/errors.js';
import { describeKind } from '../common/value.js';
import { SCHEMA_FILE } from '../config/base-directory.js';
import { FileError } from '../files/file-error.js';
import { MAX_FILE_BYTES, readWhole } from '../files/read.js';
import { listNamespaces, type NamespaceList } from './list-namespaces.js';
import { checkNamespaceName } from './namespace-name.js';
import { compileSchema, type NamespaceSchema } from './namespace-schema.js';
import type { IntegerRule } from './value-validator.js';

/** The sources of schemas. */
export interface SchemaSources {
  /** The directory that contains a directory for each namespace; absolute. */
  readonly directory: string;
  /** Schemas by namespace, as objects or JSON strings. They replace the directory, which is then not read. */
  readonly schemas?: Readonly<Record<string, object | string>> | undefined;
  /** Schemas by namespace, in addition to the directory or `schemas`. The directory may then be missing. */
  readonly additionalSchemas?: Readonly<Record<string, object | string>> | undefined;
  /** Called with the path of each file and directory before it is read. */
  readonly onFile?: ((path: string) => void) | undefined;
  /** Called with the content of the directory, if it is read. */
  readonly onList?: ((list: NamespaceList) => void) | undefined;
  /** Whether the directory is not a mount. A directory whose name begins with `..` is then invalid, not skipped. */
  readonly isSourceTree?: boolean | undefined;
  /** Which integers are valid as defaults. Default: safe ones. */
  readonly integers?: IntegerRule | undefined;
}

/** The issue of a directory that does not exist. */
export const NO_DIRECTORY =
  'The schemas directory does not exist; create it, or set the base directory that holds it (SENTRY_OPTIONS_DIR or `directory`)';

/** One schema before it is compiled: its text, or why it has none. */
interface Source {
  readonly namespace: string;
  readonly file: string;
  readonly text: Uint8Array | { readonly issue: string; readonly error?: FileError | undefined };
}

/**
 * Loads and compiles the schemas of all namespaces, sorted by name.
 *
 * @throws {SchemaError} if a schema is invalid; lists all issues of all schemas. If the system cannot read a file at
 *   the moment, lists only that, and the `cause` is a {@link FileError} of the kind `system`
 */
export function loadSchemas(sources: SchemaSources): NamespaceSchema[] {
  const { schemas, additionalSchemas, integers } = sources;
  const found = new Map<string, NamespaceSchema>();
  const issues: Issue[] = [];
  const add = ({ namespace, file, text }: Source): void => {
    if (isIssue(text)) {
      const issue = { file, namespace, pointer: '', message: text.issue };
      if (text.error?.kind === 'system') throw toSchemaError([issue], { cause: text.error });
      issues.push(issue);
      return;
    }
    const result = compileSchema(namespace, file, text, integers);
    if (isCompiled(result)) found.set(namespace, result.schema);
    else issues.push(...result.issues);
  };
  // One at a time: a schema's text can be collected before the next one is read.
  const names = new Set<string>();
  for (const source of schemas === undefined ? readDirectory(sources) : readGiven(schemas)) {
    names.add(source.namespace);
    add(source);
  }
  for (const source of readGiven(additionalSchemas ?? {})) {
    const isDuplicate = names.has(source.namespace) && !isIssue(source.text);
    add(isDuplicate ? { ...source, text: { issue: describeDuplicate(source.namespace) } } : source);
  }
  if (issues.length > 0) throw toSchemaError(issues);
  return [...found.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

/** Not `in`: a test's realm runs this, too, and other code may have changed `Object.prototype`. */
function isIssue(source: object): source is { readonly issue: string } {
  return Object.hasOwn(source, 'issue');
}

/** Whether `result` is a schema, not a list of issues. */
function isCompiled(result: ReturnType<typeof compileSchema>): result is { readonly schema: NamespaceSchema } {
  return Object.hasOwn(result, 'schema');
}

function describeDuplicate(namespace: string): string {
  return `Duplicate namespace '${namespace}': an additional schema cannot replace an existing schema; rename it`;
}

/** Yields the schemas that were passed as settings, each with `<schemas.NAMESPACE>` as its file. */
function* readGiven(schemas: Readonly<Record<string, object | string>>): Generator<Source> {
  for (const [namespace, schema] of Object.entries(schemas)) {
    const file = `<schemas.${namespace}>`;
    const issue = describeInvalidName(namespace);
    yield { namespace, file, text: issue === undefined ? toText(schema) : { issue } };
  }
}

function toText(schema: object | string): Source['text'] {
  let text: string | undefined;
  try {
    text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  } catch (error) {
    return { issue: `must be an object or a JSON string; JSON.stringify() threw ${String(error)}` };
  }
  if (text === undefined) return { issue: `must be an object or a JSON string; got ${describeKind(schema)}` };
  // Encoding would replace it by another character.
  if (!text.isWellFormed()) return { issue: 'must not contain a lone surrogate, which UTF-8 cannot encode' };
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_FILE_BYTES) return bytes;
  return { issue: `must have at most ${MAX_FILE_BYTES} bytes; got ${bytes.length}` };
}

/** Yields the schemas of a directory, sorted by name; none if the directory is optional and missing. */
function* readDirectory(sources: SchemaSources): Generator<Source> {
  const { directory, onFile } = sources;
  onFile?.(directory);
  const entries = listDirectory(sources);
  if (isIssue(entries)) {
    yield { namespace: '', file: directory, text: entries };
    return;
  }
  sources.onList?.(entries);
  for (const namespace of entries.namespaces) {
    const folder = join(directory, namespace);
    const issue = describeInvalidName(namespace);
    if (issue !== undefined) {
      yield { namespace, file: folder, text: { issue } };
    } else {
      const file = join(folder, SCHEMA_FILE);
      onFile?.(file);
      yield { namespace, file, text: readSchema(file) };
    }
  }
}

function listDirectory({
  directory,
  additionalSchemas,
  isSourceTree,
}: SchemaSources): NamespaceList | Extract<Source['text'], { issue: string }> {
  try {
    return listNamespaces(directory, isSourceTree);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === 'ENOENT') {
      if (additionalSchemas !== undefined) return { namespaces: [], skipped: [] };
      return { issue: NO_DIRECTORY };
    }
    return { issue: `The schemas directory ${error.message}`, error };
  }
}

function readSchema(file: string): Source['text'] {
  try {
    return readWhole(file, MAX_FILE_BYTES).bytes;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === 'ENOENT') {
      return {
        issue: `${SCHEMA_FILE} is missing; each directory here must have one, so add it or remove the directory`,
      };
    }
    return { issue: `${SCHEMA_FILE} ${error.message}`, error };
  }
}

function describeInvalidName(namespace: string): string | undefined {
  const issue = checkNamespaceName(namespace);
  return issue && `Invalid namespace name '${namespace}': ${issue}`;
}
