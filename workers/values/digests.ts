/**
 * Digests each option's value into four bytes: enough to find the options that a reload changed, without keeping their
 * values. Runs in the watcher thread.
 */
import { crc32 } from 'node:zlib';
import type { OptionValue } from '../../src/common/value.js';
import type { NamespaceSchema, OptionSchema } from '../../src/schema/namespace-schema.js';

/** Digests by option; a flag that is not set has none. Two values share a digest by a chance of 1 in 4 000 000 000. */
export type Digests = ReadonlyMap<string, number>;

const defaults = new WeakMap<OptionSchema, number>();
/** The last digested file of each namespace: most reloads leave most files unchanged. */
const lastDigests = new WeakMap<NamespaceSchema, { readonly hash: string | null; readonly digests: Digests }>();

/** Calls {@link digestValues} for a file, or returns the last result if `hash`, the hash of its bytes, is the same. */
export function digestFile(
  schema: NamespaceSchema,
  hash: string | null,
  values: ReadonlyMap<string, OptionValue>,
): Digests {
  const last = lastDigests.get(schema);
  if (last?.hash === hash) return last.digests;
  const digests = digestValues(schema, values);
  lastDigests.set(schema, { hash, digests });
  return digests;
}

/** Digests all options of `schema`: by `values` if they contain the option, else by the option's default. */
export function digestValues(schema: NamespaceSchema, values: ReadonlyMap<string, OptionValue>): Digests {
  const digests = new Map<string, number>();
  for (const option of schema.options.values()) {
    const value = values.get(option.name);
    if (value !== undefined) digests.set(option.name, digestValue(value));
    else if (option.defaultValue !== undefined) digests.set(option.name, digestDefault(option, option.defaultValue));
  }
  return digests;
}

/** Lists the options whose digests differ, in the schema's order. */
export function findChangedKeys(before: Digests, after: Digests): string[] {
  // A flag that is no longer set is only in `before`; a flag that is newly set is only in `after`.
  const keys = new Set([...after.keys(), ...before.keys()]);
  return [...keys].filter((key) => before.get(key) !== after.get(key));
}

function digestDefault(option: OptionSchema, value: OptionValue): number {
  let digest = defaults.get(option);
  if (digest === undefined) {
    digest = digestValue(value);
    defaults.set(option, digest);
  }
  return digest;
}

/** Digests the value itself, serialized anew: whitespace and escapes in the file do not count. */
function digestValue(value: OptionValue): number {
  return crc32(JSON.stringify(value));
}
