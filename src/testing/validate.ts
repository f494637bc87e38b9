/**
 * Validates a test's values against the store's own schemas, whose sources are in its handle. Therefore the testing
 * entry point, and no other one of the library, includes the validator. Runs in the test's thread.
 */
import { ConfigError, toSchemaError, toValuesError, UnknownOptionError } from '../common/errors.js';
import type { OptionValue } from '../common/value.js';
import { copyBytes } from '../memory/catalog.js';
import { checkValues } from '../schema/check-values.js';
import { compileSchema, type NamespaceSchema } from '../schema/namespace-schema.js';
import { makeUnknownNamespaceError } from '../store/namespace.js';
import type { StoreView } from '../store/view.js';

const getSchemas = new WeakMap<StoreView, Map<string, NamespaceSchema>>();

/**
 * Validates `values` as a values file, except that a key that the schema does not declare is an error.
 *
 * @throws {UnknownOptionError} if the schema does not declare a key
 * @throws {ConfigError} if a value is not JSON
 * @throws {ValuesError} if a value does not satisfy the schema
 */
export function validateValues(schema: NamespaceSchema, values: object): ReadonlyMap<string, OptionValue> {
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
      throw new ConfigError(`The value of '${key}' in namespace '${namespace}' must be JSON; got ${typeof value}.`, {
        namespace,
        key,
      });
    }
  }
  const text = JSON.stringify({ options: values });
  const checked = checkValues(schema, '<values>', Buffer.from(text), { redact: false });
  if (!checked.ok) throw toValuesError('', checked.issues);
  return checked.values;
}

/** Returns the schema that the store was made with. Compiles it on first use. */
export function getSchema(view: StoreView, namespace: string): NamespaceSchema {
  let schemas = getSchemas.get(view);
  if (schemas === undefined) {
    schemas = new Map();
    getSchemas.set(view, schemas);
  }
  const known = schemas.get(namespace);
  if (known !== undefined) return known;
  const texts = new Map<string, string>(JSON.parse(Buffer.from(copyBytes(view.handle.schemas)).toString()));
  const text = texts.get(namespace);
  if (text === undefined) throw makeUnknownNamespaceError(view, namespace);
  const result = compileSchema(namespace, `<schema of ${namespace}>`, Buffer.from(text));
  // The store started with this schema, so it is valid.
  if ('issues' in result) throw toSchemaError(result.issues);
  schemas.set(namespace, result.schema);
  return result.schema;
}
