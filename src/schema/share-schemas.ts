/**
 * Writes schemas to shared memory: the part of a store's handle that never changes. Runs in the thread that makes a
 * store, the watcher or a test's. Must not be imported by readers.
 */

import { composeSnapshot } from '../codec/compose.js';
import { SegmentEncoder } from '../codec/encode.js';
import type { EncodedSegment } from '../codec/frame.js';
import type { OptionValue } from '../common/value.js';
import { encodeCatalog } from '../memory/catalog-writer.js';
import { type SharedSchemas, shareBytes } from '../memory/shared-schemas.js';
import type { NamespaceSchema } from './namespace-schema.js';

/** Writes `schemas` to shared memory, once for all threads. */
export function shareSchemas(schemas: readonly NamespaceSchema[]): SharedSchemas {
  const segments = schemas.map(encodeDefaults);
  const texts = schemas.map(({ namespace, source }) => [namespace, Buffer.from(source).toString()]);
  return {
    catalog: encodeCatalog(schemas.map(({ namespace, options }) => ({ name: namespace, keys: [...options.keys()] }))),
    defaults: shareBytes(composeSnapshot({ generation: 0, segments })),
    schemas: shareBytes(Buffer.from(JSON.stringify(texts))),
  };
}

/** Encodes the defaults of one namespace. Flags have none. */
export function encodeDefaults(schema: NamespaceSchema): EncodedSegment {
  const values = new Map<string, OptionValue>();
  for (const { name, defaultValue } of schema.options.values()) {
    if (defaultValue !== undefined) values.set(name, defaultValue);
  }
  return encodeNamespace(schema, values);
}

/** Encodes the options of one namespace: those that `values` contains. */
export function encodeNamespace(schema: NamespaceSchema, values: ReadonlyMap<string, OptionValue>): EncodedSegment {
  const encoder = new SegmentEncoder(schema.options.size);
  let offset = 0;
  for (const name of schema.options.keys()) {
    const value = values.get(name);
    if (value !== undefined) encoder.set(offset, value);
    offset++;
  }
  return encoder.finish();
}
