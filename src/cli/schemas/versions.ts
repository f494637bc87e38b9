/**
 * Checks the committed schemas of several versions. Runs in the command line's main thread, or in a thread with limited
 * memory.
 */
import type { Issue } from '../../common/errors.js';
import { compileSchema } from '../../schema/namespace-schema.js';
import type { IntegerRule } from '../../schema/value-validator.js';
import { formatLocation } from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import { type ExactJson, parseExactJson } from '../yaml/exact-json.js';
import type { CommittedSchema } from './committed.js';
import type { Definition, Definitions, Version, VersionedSchema } from './compare.js';
import { JsonText } from './json-position.js';
import { type Loaded, loadChecked } from './read.js';

/**
 * Returns the schemas of each version. Prints a warning for what only a Node.js service rejects.
 *
 * @throws {CommandErrors} if a schema is invalid; with all issues of all versions
 */
export function readVersions(versions: readonly (readonly CommittedSchema[])[], output: Output): readonly Version[] {
  const texts = new Map(
    versions.flat().map(({ file, source }) => [file, 'issue' in source ? undefined : source.toString()]),
  );
  return loadChecked(
    (integers) => load(versions, integers),
    (file) => texts.get(file),
    output,
  );
}

function load(versions: readonly (readonly CommittedSchema[])[], integers: IntegerRule): Loaded<readonly Version[]> {
  const issues: Issue[] = [];
  // Most schemas are the same in all versions.
  const valid = new Map<string, VersionedSchema>();
  const schemas = versions.map((version) => {
    const read = version.map((schema) => {
      const key = 'issue' in schema.source ? '' : `${schema.namespace}:${schema.id}`;
      const known = valid.get(key) ?? readSchema(schema, integers, issues);
      if (known !== undefined) valid.set(key, known);
      return known === undefined ? [] : [[schema.namespace, known] as const];
    });
    return new Map(read.flat());
  });
  return { schemas, issues };
}

/** Returns a schema; undefined, and adds issues, if the schema is invalid. */
function readSchema(
  { namespace, file, id, source }: CommittedSchema,
  integers: IntegerRule,
  issues: Issue[],
): VersionedSchema | undefined {
  if ('issue' in source) {
    issues.push({ file, namespace, pointer: '', message: source.issue });
    return undefined;
  }
  const result = compileSchema(namespace, file, source, integers);
  if ('issues' in result) {
    issues.push(...result.issues);
    return undefined;
  }
  const options = [...result.schema.options.values()];
  const flags = new Set(options.filter(({ isFlag }) => isFlag).map(({ name }) => name));
  let text: JsonText | undefined;
  const locate = (path: readonly string[]): string => {
    text ??= new JsonText(source.toString());
    return formatLocation(file, text.findPosition(path));
  };
  const path = file.slice(file.indexOf(':') + 1);
  return { id, path, readDefinitions: () => parseDefinitions(source, flags), locate };
}

function parseDefinitions(source: Buffer, flags: ReadonlySet<string>): Definitions {
  const document = parseExactJson(source.toString()) as ReadonlyMap<string, ExactJson>;
  // A schema that only declares flags by pattern has none.
  const properties = (document.get('properties') ?? new Map()) as ReadonlyMap<string, Definition>;
  return new Map([...properties].filter(([name]) => !flags.has(name)));
}
