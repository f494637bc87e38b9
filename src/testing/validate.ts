/**
 * Validating what a test hands in. By the store's own schemas, whose texts are in its handle; so this entry of the
 * package, and only this one, brings the validator with it.
 */

import { ConfigError, schemaError, UnknownOptionError, valuesError } from '../common/errors.js';
import type { OptionValue } from '../common/value.js';
import { copyBytes } from '../memory/catalog.js';
import { checkValues } from '../schema/check-values.js';
import { compileSchema, type NamespaceSchema } from '../schema/namespace-schema.js';
import { unknownNamespace } from '../store/namespace.js';
import type { Store } from '../store/view.js';

const schemasOf = new WeakMap<Store, Map<string, NamespaceSchema>>();

/**
 * `values`, checked as a values file would be; but what the schema does not declare is an error in a test.
 *
 * @throws {UnknownOptionError | ValuesError | ConfigError}
 */
export function validValues(schema: NamespaceSchema, values: object): ReadonlyMap<string, OptionValue> {
  const { namespace } = schema;
  for (const [key, value] of Object.entries(values)) {
    if (!schema.options.has(key)) {
      throw new UnknownOptionError(
        `Unknown option '${key}' in namespace '${namespace}': its schema does not declare it.`,
        {
          namespace,
          key,
        },
      );
    }
    if (value === undefined || typeof value === 'function') {
      throw new ConfigError(`The value of '${key}' in namespace '${namespace}' is ${typeof value}, not JSON.`, {
        namespace,
        key,
      });
    }
  }
  const text = JSON.stringify({ options: values });
  const checked = checkValues(schema, '<values>', Buffer.from(text), { redact: false });
  if (!checked.ok) throw valuesError('', checked.faults);
  return checked.values;
}

/** The schema that the store itself was made with, compiled when it is needed first. */
export function schemaOf(store: Store, namespace: string): NamespaceSchema {
  let schemas = schemasOf.get(store);
  if (schemas === undefined) {
    schemas = new Map();
    schemasOf.set(store, schemas);
  }
  const known = schemas.get(namespace);
  if (known !== undefined) return known;
  const texts = new Map<string, string>(JSON.parse(Buffer.from(copyBytes(store.handle.schemas)).toString()));
  const text = texts.get(namespace);
  if (text === undefined) throw unknownNamespace(store, namespace);
  const result = compileSchema(namespace, `<schema of ${namespace}>`, Buffer.from(text));
  // The store started with it, so it is good.
  if ('faults' in result) throw schemaError(result.faults);
  schemas.set(namespace, result.schema);
  return result.schema;
}
