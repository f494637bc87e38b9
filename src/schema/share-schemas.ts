/**
 * Writes schemas to shared memory: the part of a store's handle that never changes. Runs in the thread that makes a
 * store, the watcher or a test's. Must not be imported by readers.
 */

import { composeSnapshot } from '../codec/compose.js';
import { SegmentEncoder } from '../codec/encode.js';
import type { EncodedSegment } from '../codec/frame.js';
import { compareCodePoints } from '../common/text.js';
import type { OptionValue } from '../common/value.js';
import { type SharedSchemas, shareBytes } from '../memory/shared-schemas.js';
import { createUsageMemory } from '../memory/usage-memory.js';
import { encodeCatalog, type NamespaceNames } from '../names/catalog-writer.js';
import type { NamespaceSchema } from './namespace-schema.js';

/** Writes `schemas` to shared memory, once for all threads. */
export function shareSchemas(schemas: readonly NamespaceSchema[]): SharedSchemas {
  const segments = schemas.map(encodeDefaults);
  const texts = schemas.map(({ namespace, source }) => [namespace, Buffer.from(source).toString()]);
  return {
    catalog: shareBytes(encodeCatalog(schemas.map(listNames))),
    defaults: shareBytes(composeSnapshot({ generation: 0, segments })),
    schemas: shareBytes(Buffer.from(JSON.stringify(texts))),
    usage:
      createUsageMemory(
        schemas.flatMap(listAreFlags),
        schemas.some(({ hasPatternFlags }) => hasPatternFlags),
      ) ?? null,
  };
}

/** For each option, whether it is a flag: these have no default. */
function listAreFlags({ options }: NamespaceSchema): boolean[] {
  return [...options.values()].map(({ defaultValue }) => defaultValue === undefined);
}

function listNames({ namespace, options, hasPatternFlags }: NamespaceSchema): NamespaceNames {
  return { name: namespace, keys: [...options.keys()], hasPatternFlags };
}

/** Encodes the defaults of one namespace. Flags have none. */
export function encodeDefaults(schema: NamespaceSchema): EncodedSegment {
  const values = new Map<string, OptionValue>();
  for (const { name, defaultValue } of schema.options.values()) {
    if (defaultValue !== undefined) values.set(name, defaultValue);
  }
  return encodeNamespace(schema, values);
}

/** Encodes the options and flags of one namespace: those that `values` contains, all of which the schema declares. */
export function encodeNamespace(
  { options }: NamespaceSchema,
  values: ReadonlyMap<string, OptionValue>,
): EncodedSegment {
  const patternFlags = [...values.keys()].filter((name) => !options.has(name)).sort(compareCodePoints);
  const encoder = new SegmentEncoder(options.size + patternFlags.length);
  let place = 0;
  for (const name of [...options.keys(), ...patternFlags]) {
    const value = values.get(name);
    if (value !== undefined) encoder.set(place, value);
    place++;
  }
  return encoder.finish(patternFlags);
}
