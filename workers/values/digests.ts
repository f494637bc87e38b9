/**
 * What each option's value is, in four bytes: enough to tell which options a reload has changed without keeping their
 * values. Runs in the watcher thread.
 */
import { crc32 } from 'node:zlib';
import type { OptionValue } from '../../src/common/value.js';
import type { NamespaceSchema, OptionSchema } from '../../src/schema/namespace-schema.js';

/** A digest by option; none for a flag that is not set. Two values share one by a chance of 1 in 4 000 000 000. */
export type Digests = ReadonlyMap<string, number>;

const defaults = new WeakMap<OptionSchema, number>();
/** Of each namespace the file that was digested last: most files are the same at most reloads. */
const lastDigests = new WeakMap<NamespaceSchema, { readonly hash: string | null; readonly digests: Digests }>();

/** {@link digestValues} the file whose bytes have the hash `hash`, which are worked out only where it is another file. */
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

/** The digests of all options of `schema` where `values` are set; of the others, those of their defaults. */
export function digestValues(schema: NamespaceSchema, values: ReadonlyMap<string, OptionValue>): Digests {
  const digests = new Map<string, number>();
  for (const option of schema.options.values()) {
    const value = values.get(option.name);
    if (value !== undefined) digests.set(option.name, digestValue(value));
    else if (option.defaultValue !== undefined) digests.set(option.name, digestDefault(option, option.defaultValue));
  }
  return digests;
}

/** The options whose digests differ, in the schema's order. */
export function findChangedKeys(before: Digests, after: Digests): string[] {
  // A flag that is set no more is only in the one, one that is set for the first time only in the other.
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

/** The text is the value's own, whatever spaces or escapes the file wrote it with. */
function digestValue(value: OptionValue): number {
  return crc32(JSON.stringify(value));
}
