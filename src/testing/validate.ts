/**
 * Validating what a test hands in. By the store's own schemas, whose texts are in its handle; so this entry of the
 * package, and only this one, brings the validator with it.
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
 * `values`, checked as a values file would be; but what the schema does not declare is an error in a test.
 *
 * @throws {UnknownOptionError | ValuesError | ConfigError}
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
      throw new ConfigError(`The value of '${key}' in namespace '${namespace}' is ${typeof value}, not JSON.`, {
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

/** The schema that the store itself was made with, compiled when it is needed first. */
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
  // The store started with it, so it is good.
  if ('issues' in result) throw toSchemaError(result.issues);
  schemas.set(namespace, result.schema);
  return result.schema;
}
