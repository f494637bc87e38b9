/**
 * Checks the committed schemas of several versions, and returns their definitions. Runs in the command line's main
 * thread.
 */
import type { Issue } from '../../common/errors.js';
import { compileSchema } from '../../schema/namespace-schema.js';
import type { IntegerRule } from '../../schema/value-validator.js';
import type { Output } from '../terminal/output.js';
import { type ExactJson, parseExactJson } from '../yaml/exact-json.js';
import type { CommittedSchema } from './committed.js';
import type { Definition, Definitions, Version } from './compare.js';
import { type Loaded, loadChecked } from './read.js';

/**
 * Returns the plain options of each version's namespaces. Prints a warning for what only a Node.js service rejects.
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
  const schemas = versions.map((version) => {
    const read = version.map((schema) => [schema.namespace, readDefinitions(schema, integers, issues)] as const);
    return new Map(read);
  });
  return { schemas, issues };
}

/** Returns the plain options of a schema; none, and adds issues, if the schema is invalid. */
function readDefinitions(
  { namespace, file, source }: CommittedSchema,
  integers: IntegerRule,
  issues: Issue[],
): Definitions {
  if ('issue' in source) {
    issues.push({ file, namespace, pointer: '', message: source.issue });
    return new Map();
  }
  const result = compileSchema(namespace, file, source, integers);
  if ('issues' in result) {
    issues.push(...result.issues);
    return new Map();
  }
  const { options } = result.schema;
  const document = parseExactJson(source.toString()) as ReadonlyMap<string, ExactJson>;
  const properties = document.get('properties') as ReadonlyMap<string, Definition>;
  return new Map([...properties].filter(([name]) => options.get(name)?.isFlag === false));
}
