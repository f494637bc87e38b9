/**
 * What schemas say, in shared memory: the part of a store's handle that never changes. Runs in whatever makes a store,
 * the watcher or a test.
 */

import { SnapshotEncoder } from '../codec/encode.js';
import { encodeCatalogue, type SharedSchemas, shareBytes } from '../memory/catalog.js';
import type { NamespaceSchema } from './namespace-schema.js';

/** Writes them once, for all threads. The options' indexes are counted through `schemas` in its order. */
export function shareSchemas(schemas: readonly NamespaceSchema[]): SharedSchemas {
  const defaults = new SnapshotEncoder(countOptions(schemas));
  let index = 0;
  for (const { options } of schemas) {
    for (const { defaultValue } of options.values()) {
      if (defaultValue !== undefined) defaults.set(index, defaultValue);
      index++;
    }
  }
  const texts = schemas.map(({ namespace, source }) => [namespace, Buffer.from(source).toString()]);
  return {
    catalogue: encodeCatalogue(
      schemas.map(({ namespace, options }) => ({ name: namespace, keys: [...options.keys()] })),
    ),
    defaults: shareBytes(defaults.finish()),
    schemas: shareBytes(Buffer.from(JSON.stringify(texts))),
  };
}

/** How many options all schemas together declare: the length of a snapshot. */
export function countOptions(schemas: readonly NamespaceSchema[]): number {
  return schemas.reduce((sum, { options }) => sum + options.size, 0);
}
