/** A context whose numbers are exactly as written: `7` and `7.0` are two identities. Pure. */
import { computeBucket } from '../../features/bucket.js';
import { ContextReader } from '../../features/context-limits.js';
import { type ContextData, FeatureContext } from '../../features/feature-context.js';
import { buildIdentity } from '../../features/identity.js';
import { formatIdentityValue } from '../../features/identity-text.js';
import { type ExactJson, formatExactJson, toPlainValue } from '../yaml/exact-json.js';

/** The properties of a context, by name. */
export type ExactContextData = ReadonlyMap<string, ExactJson>;

/** A context that hashes numbers as they are written. A service cannot: JavaScript has one type for `7` and `7.0`. */
export class ExactContext extends FeatureContext {
  readonly #exact: ExactContextData;
  readonly #fields: readonly string[];

  /** @param identityFields the properties that identify the user; all properties if the context has none of them */
  constructor(data: ExactContextData, identityFields: readonly string[]) {
    super(toPlainValue(data) as ContextData, { identityFields });
    this.#exact = data;
    this.#fields = identityFields;
  }

  /** Returns the text whose hash is the bucket, without the name of a flag that is hashed with its name. */
  formatIdentity(): string {
    const reader = new ContextReader();
    const data = {
      value: (field: string): string | undefined => {
        const value = this.#exact.get(field);
        return value === undefined ? undefined : formatExactIdentity(value, reader);
      },
    };
    return buildIdentity(this.#fields, data, reader) ?? buildIdentity([...this.#exact.keys()], data, reader) ?? '';
  }

  override identity(): string {
    return this.formatIdentity();
  }

  override bucket({ prefix }: { readonly prefix: string }): number {
    return computeBucket(prefix + this.formatIdentity());
  }
}

/** The largest integer of 64 bits with a sign. The Rust client formats a larger one as a double. */
const MAX_SIGNED = 2n ** 63n - 1n;

/** Formats a value as `formatIdentityValue` does; a double, which has a point or an exponent in JSON, has a point. */
function formatExactIdentity(value: ExactJson, reader: ContextReader): string {
  if (typeof value === 'bigint' && value > MAX_SIGNED) return formatIdentityValue(Number(value), reader);
  if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) return `${value}.0`;
  if (Array.isArray(value)) return `[${value.map((entry) => formatExactIdentity(entry, reader)).join(', ')}]`;
  return value instanceof Map ? formatExactJson(value) : formatIdentityValue(value, reader);
}
