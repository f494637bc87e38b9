/** The schemas of all namespaces, read once at start. Runs in the watcher and in the command line. */

import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Issue, toSchemaError } from '../common/errors.js';
import { SCHEMA_FILE } from '../config/base-directory.js';
import { FileError, MAX_FILE_BYTES, readWhole } from '../files/read.js';
import { checkNamespaceName } from './namespace-name.js';
import { compileSchema, type NamespaceSchema } from './namespace-schema.js';
import type { IntegerRule } from './value-validator.js';

/** Where schemas come from. */
export interface SchemaSources {
  /** The directory with a folder for each namespace, absolute. */
  readonly directory: string;
  /** Schemas by namespace, as objects or JSON texts, instead of the directory, which is not looked at then. */
  readonly schemas?: Readonly<Record<string, object | string>> | undefined;
  /** The same, beside the directory or `schemas`; the directory may be missing then. */
  readonly additionalSchemas?: Readonly<Record<string, object | string>> | undefined;
  /** Called with the path of each file and directory before it is read. */
  readonly onFile?: ((path: string) => void) | undefined;
  /** Whether the directory is no mount: a folder whose name begins with `..` has a wrong name then, and is not skipped. */
  readonly isSourceTree?: boolean | undefined;
  /** Which integers the defaults may be; safe ones where it is not said. */
  readonly integers?: IntegerRule | undefined;
}

/** One schema before it is compiled: its text, or why there is none. */
interface Source {
  readonly namespace: string;
  readonly file: string;
  readonly text: Uint8Array | { readonly issue: string };
}

/**
 * All namespaces' schemas, by the order of their names.
 *
 * @throws {SchemaError} with all faults of all schemas
 */
export function loadSchemas(sources: SchemaSources): NamespaceSchema[] {
  const { schemas, additionalSchemas, integers } = sources;
  const found = new Map<string, NamespaceSchema>();
  const issues: Issue[] = [];
  const add = ({ namespace, file, text }: Source): void => {
    if ('issue' in text) {
      issues.push({ file, namespace, pointer: '', message: text.issue });
      return;
    }
    const result = compileSchema(namespace, file, text, integers);
    if ('schema' in result) found.set(namespace, result.schema);
    else issues.push(...result.issues);
  };
  // One at a time: a schema's text is forgotten before the next one is read.
  const names = new Set<string>();
  for (const source of schemas === undefined ? readDirectory(sources) : readGiven(schemas)) {
    names.add(source.namespace);
    add(source);
  }
  for (const source of readGiven(additionalSchemas ?? {})) {
    const isDuplicate = names.has(source.namespace) && !('issue' in source.text);
    add(isDuplicate ? { ...source, text: { issue: describeDuplicate(source.namespace) } } : source);
  }
  if (issues.length > 0) throw toSchemaError(issues);
  return [...found.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

function describeDuplicate(namespace: string): string {
  return `Duplicate namespace '${namespace}': an additional schema cannot replace one that is there already; rename it`;
}

/** The schemas that were handed in, each under a name that says so. */
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
    return { issue: `cannot be written as JSON (${(error as Error).message})` };
  }
  if (text === undefined) return { issue: 'cannot be written as JSON; hand in an object or a JSON text' };
  // Encoding would put another character in its place.
  if (!text.isWellFormed()) return { issue: 'has a lone surrogate, which no JSON file can have' };
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_FILE_BYTES) return bytes;
  return { issue: `has ${bytes.length} bytes; at most ${MAX_FILE_BYTES} are read` };
}

/** The schemas of a directory, by the order of their names; none where it is optional and missing. */
function* readDirectory(sources: SchemaSources): Generator<Source> {
  const { directory, onFile } = sources;
  onFile?.(directory);
  const entries = listDirectory(sources);
  if ('issue' in entries) {
    yield { namespace: '', file: directory, text: entries };
    return;
  }
  for (const { name: namespace } of entries) {
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

/** The folders in `directory`, without Kubernetes' own; a symbolic link to a folder is none. */
function listDirectory({
  directory,
  additionalSchemas,
  isSourceTree = false,
}: SchemaSources): readonly Dirent[] | { readonly issue: string } {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && (isSourceTree || !entry.name.startsWith('..')))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      if (additionalSchemas !== undefined) return [];
      return { issue: 'The schemas directory does not exist; create it, or set another base directory' };
    }
    return { issue: `The schemas directory cannot be read (${message})` };
  }
}

function readSchema(file: string): Source['text'] {
  try {
    return readWhole(file, MAX_FILE_BYTES).bytes;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.code === 'ENOENT') {
      return {
        issue: `There is no ${SCHEMA_FILE}; every folder here has to have one, so add it or remove the folder`,
      };
    }
    return { issue: `${SCHEMA_FILE} ${error.message}` };
  }
}

function describeInvalidName(namespace: string): string | undefined {
  const issue = checkNamespaceName(namespace);
  return issue && `Invalid namespace name '${namespace}': ${issue}`;
}
