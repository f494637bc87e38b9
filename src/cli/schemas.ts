/** The schemas that a command works with. */
import { SchemaError } from '../errors.js';
import type { NamespaceSchema } from '../schema/namespace-schema.js';
import { loadSchemas } from '../schema/registry.js';
import { CommandErrors } from './errors.js';
import type { Output } from './output.js';

/**
 * The schemas of all namespaces in `directory`, by name.
 *
 * @param directory as the user wrote it: messages begin paths with it
 * @throws {CommandErrors} with all faults of all schemas
 */
export function readSchemas(directory: string, _output: Output): ReadonlyMap<string, NamespaceSchema> {
  try {
    return new Map(loadSchemas({ directory }).map((schema) => [schema.namespace, schema]));
  } catch (error) {
    if (error instanceof SchemaError) throw new CommandErrors([error.message]);
    throw error;
  }
}
