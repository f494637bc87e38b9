/** The definitions that a commit's schemas hold, checked. Runs in the command line. */
import { type Fault, SchemaError } from '../../errors.js';
import { compileSchema } from '../../schema/namespace-schema.js';
import { CommandErrors } from '../errors.js';
import { type ExactJson, parseExactJson } from '../exact-json.js';
import type { CommittedSchema } from './committed.js';
import type { Definition, Definitions, Version } from './compare.js';

/**
 * The plain options of each version's namespaces.
 *
 * @throws {CommandErrors} with all faults of all versions
 */
export function readVersions(versions: readonly (readonly CommittedSchema[])[]): readonly Version[] {
  const faults: Fault[] = [];
  const result = versions.map((schemas) => {
    const version = new Map<string, Definitions>();
    for (const schema of schemas) {
      const definitions = readDefinitions(schema, faults);
      if (definitions !== undefined) version.set(schema.namespace, definitions);
    }
    return version;
  });
  if (faults.length > 0) throw new CommandErrors([`Schema validation error: ${SchemaError.of(faults).message}`]);
  return result;
}

function readDefinitions({ namespace, file, source }: CommittedSchema, faults: Fault[]): Definitions | undefined {
  if ('problem' in source) {
    faults.push({ file, namespace, pointer: '', message: source.problem });
    return undefined;
  }
  const result = compileSchema(namespace, file, source);
  if ('faults' in result) {
    faults.push(...result.faults);
    return undefined;
  }
  const document = parseExactJson(source.toString()) as ReadonlyMap<string, ExactJson>;
  const properties = document.get('properties') as ReadonlyMap<string, Definition>;
  return new Map([...properties].filter(([name]) => result.schema.options.get(name)?.isFlag === false));
}
