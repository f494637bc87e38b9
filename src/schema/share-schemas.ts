/**
 * Writes schemas to shared memory: the part of a store's handle that never changes. Runs in the thread that makes a
 * store, the watcher or a test's. Must not be imported by readers.
 */

import { SnapshotEncoder } from '../codec/encode.js';
import type { OptionValue } from '../common/value.js';
import { encodeCatalog, type SharedSchemas, shareBytes } from '../memory/catalog.js';
import type { NamespaceSchema } from './namespace-schema.js';

/** Writes `schemas` to shared memory, once for all threads. */
export function shareSchemas(schemas: readonly NamespaceSchema[]): SharedSchemas {
  const defaults = new SnapshotEncoder(countOptions(schemas));
  for (const [schema, firstIndex] of indexNamespaces(schemas)) {
    const values = new Map<string, OptionValue>();
    for (const { name, defaultValue } of schema.options.values()) {
      if (defaultValue !== undefined) values.set(name, defaultValue);
    }
    encodeNamespace(defaults, schema, firstIndex, values);
  }
  const texts = schemas.map(({ namespace, source }) => [namespace, Buffer.from(source).toString()]);
  return {
    catalog: encodeCatalog(schemas.map(({ namespace, options }) => ({ name: namespace, keys: [...options.keys()] }))),
    defaults: shareBytes(defaults.finish()),
    schemas: shareBytes(Buffer.from(JSON.stringify(texts))),
  };
}

/** Counts the options that all schemas declare: the length of a snapshot. */
export function countOptions(schemas: readonly NamespaceSchema[]): number {
  return schemas.reduce((sum, { options }) => sum + options.size, 0);
}

/** Yields each schema with the index of its first option: a snapshot contains the options of all schemas in turn. */
export function* indexNamespaces(schemas: readonly NamespaceSchema[]): Generator<[NamespaceSchema, number]> {
  let firstIndex = 0;
  for (const schema of schemas) {
    yield [schema, firstIndex];
    firstIndex += schema.options.size;
  }
}

/** Writes the options of one namespace to a snapshot: those that `values` contains. */
export function encodeNamespace(
  encoder: SnapshotEncoder,
  schema: NamespaceSchema,
  firstIndex: number,
  values: ReadonlyMap<string, OptionValue>,
): void {
  let index = firstIndex;
  for (const name of schema.options.keys()) {
    const value = values.get(name);
    if (value !== undefined) encoder.set(index, value);
    index++;
  }
}
