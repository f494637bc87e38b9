/**
 * Validates a test's values against the store's own schemas, whose sources are in its handle. Therefore the testing
 * entry point, and no other one of the library, includes the validator. Runs in the test's thread.
 */
import { ConfigError, type Issue, toSchemaError, toValuesError, UnknownOptionError } from '../common/errors.js';
import { describeThrown } from '../common/log.js';
import { readEntries } from '../common/settings.js';
import { suggestSimilar } from '../common/similar-names.js';
import { formatName } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { copyBytes } from '../memory/shared-schemas.js';
import { makeUnknownNamespaceError } from '../reading/unknown-names.js';
import { checkValues } from '../schema/check-values.js';
import { compileSchema, findOption, type NamespaceSchema } from '../schema/namespace-schema.js';
import type { StoreView } from '../view/view.js';

const getSchemas = new WeakMap<StoreView, Map<string, NamespaceSchema>>();

/**
 * Validates `values` as a values file, except that a key that the schema does not declare is an error. Undefined sets
 * nothing.
 *
 * @throws {UnknownOptionError} if the schema does not declare a key
 * @throws {ConfigError} if `values` is not a plain object, or a value is not JSON
 * @throws {ValuesError} if a value does not satisfy the schema
 */
export function validateValues(schema: NamespaceSchema, values: unknown): ReadonlyMap<string, OptionValue> {
  const { namespace } = schema;
  const entries = values === undefined ? [] : readEntries(`The values of '${namespace}'`, 'values', values);
  const members = entries.map(([key, value]) => {
    if (findOption(schema, key) === undefined) {
      throw new UnknownOptionError(
        `Unknown option ${formatName(key)} in namespace '${namespace}': its schema does not declare it${suggestSimilar(key, [...schema.options.keys()]) || '.'}`,
        { namespace, key },
      );
    }
    return `${JSON.stringify(key)}:${toJson(namespace, key, value)}`;
  });
  const text = `{"options":{${members.join(',')}}}`;
  // Without limits: the values are in memory already, and the store may have a larger `maxFileBytes` than the default.
  const checked = checkValues(schema, '<values>', Buffer.from(text), { redact: false, integers: 'safe' });
  if (!checked.ok) throw toValuesError('', checked.issues);
  return checked.values;
}

function toJson(namespace: string, key: string, value: unknown): string {
  const rule = `The value of '${key}' in namespace '${namespace}' must be JSON`;
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw new ConfigError(`${rule}; JSON.stringify() threw ${describeThrown(cause)}`, { namespace, key }, { cause });
  }
  if (json === undefined) throw new ConfigError(`${rule}; got ${typeof value}.`, { namespace, key });
  return json;
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
  // The store started with this schema, so it is valid. Not `in`: other code may have changed `Object.prototype`.
  if (!Object.hasOwn(result, 'schema')) throw toSchemaError((result as { issues: readonly Issue[] }).issues);
  const { schema } = result as { schema: NamespaceSchema };
  schemas.set(namespace, schema);
  return schema;
}
