/** Converts the schemas of the settings. Runs in the thread that starts the store, and in a test's. */
import { ConfigError } from '../common/errors.js';
import { describeThrown } from '../common/log.js';
import { readEntries } from '../common/settings.js';
import { describeKind } from '../common/value.js';

/**
 * Converts schemas to JSON strings: only these reach the watcher whatever a host's object is made of.
 *
 * @param key the setting that holds them
 * @throws {ConfigError} if `schemas` is not a plain object, or a schema is not JSON
 */
export function toSchemaStrings(key: string, schemas: unknown): Record<string, string> | undefined {
  if (schemas === undefined) return undefined;
  const strings: Record<string, string> = Object.create(null);
  for (const [namespace, schema] of readEntries(key, key, schemas)) {
    const place = { namespace, key };
    const rule = `${key}.${namespace} must be an object or a JSON string`;
    let json: unknown;
    try {
      json = typeof schema === 'string' ? schema : JSON.stringify(schema);
    } catch (cause) {
      throw new ConfigError(`${rule}; JSON.stringify() threw ${describeThrown(cause)}`, place, { cause });
    }
    if (typeof json !== 'string') throw new ConfigError(`${rule}; got ${describeKind(schema)}.`, place);
    strings[namespace] = json;
  }
  return strings;
}
