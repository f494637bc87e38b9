/** `FeatureContext`: the context that a flag is evaluated for. Runs in readers; imports no store. */
import { ConfigError } from '../common/errors.js';
import { describeKind } from '../common/value.js';
import { type Comparable, MISSING, toComparable } from './comparable.js';
import { buildIdentity, computeBucket } from './identity.js';
import { isPresent } from './identity-text.js';

/** The value of a context's property: anything that JSON can express, or a bigint. */
export type ContextValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ContextValue[]
  | { readonly [property: string]: ContextValue | undefined };

/** A context's properties. A property that is undefined counts as missing. */
export type ContextData = Readonly<Record<string, ContextValue | undefined>>;

/** The settings of a {@link FeatureContext}. All are optional. */
export interface FeatureContextOptions {
  /**
   * The properties that identify the user (or the organization …). They determine the rollout bucket. Default: all
   * properties of the context.
   */
  readonly identityFields?: readonly string[] | undefined;
}

/** Marks contexts, including those that another copy of the library made. */
const BRAND = Symbol.for('sentry-options/context@1');
const NOTHING: ContextData = Object.freeze({});

/**
 * The context that a flag is evaluated for: properties of the user, the organization, the request. Use it in the thread
 * that made it.
 *
 * Make one context per request, and evaluate all flags with it: a context that has been used before is many times
 * faster than a new one. It keeps a reference to its data and caches what it computes from them, so the data must not
 * change afterwards.
 *
 * @example
 * const context = new FeatureContext({ organization_id: 42, plan: 'free' }, { identityFields: ['organization_id'] });
 */
export class FeatureContext {
  readonly #data: ContextData;
  readonly #identityFields: readonly string[];
  #comparables: Map<string, Comparable> | undefined;
  #identity: string | undefined;
  /** The first prefix that a flag asked for ('' for older flags, a name for each newer flag), and its bucket. */
  #prefix: string | undefined;
  #bucket = 0;
  /** The buckets of further prefixes. */
  #buckets: Map<string, number> | undefined;

  /** @throws {ConfigError} if `identityFields` is not an array of strings */
  constructor(data: ContextData, { identityFields = [] }: FeatureContextOptions = {}) {
    const wrong = findWrongKind(identityFields);
    if (wrong !== undefined) {
      throw new ConfigError(`identityFields must be an array of property names; got ${wrong}.`, {
        key: 'identityFields',
      });
    }
    this.#data = typeof data === 'object' && data !== null ? data : NOTHING;
    this.#identityFields = identityFields;
  }

  /** @internal Whether this copy of the library made `value`. Not instanceof: a prototype alone has no data. */
  static made(value: object): value is FeatureContext {
    return #data in value;
  }

  /** @internal */
  get [BRAND](): true {
    return true;
  }

  /** @internal Returns the property's value; undefined if the property is missing, or only inherited. */
  value(property: string): ContextValue | undefined {
    if (!Object.hasOwn(this.#data, property)) return undefined;
    const value = this.#data[property];
    return isPresent(value) ? value : undefined;
  }

  /** @internal Returns the property in the form that conditions compare. */
  comparable(property: string): Comparable {
    const known = this.#comparables?.get(property);
    if (known !== undefined) return known;
    const value = this.value(property);
    const made = value === undefined ? MISSING : toComparable(value);
    this.#comparables ??= new Map();
    this.#comparables.set(property, made);
    return made;
  }

  /** @internal Returns the bucket, 0 to 99, of the identity with `prefix` before it. */
  bucket(prefix: string): number {
    // Usually one flag asks, or several older flags, which all have the prefix '': a Map takes 65 ns to make and fill.
    if (prefix === this.#prefix) return this.#bucket;
    let bucket = this.#buckets?.get(prefix);
    if (bucket === undefined) {
      bucket = computeBucket(prefix + this.#computeIdentity());
      if (this.#prefix === undefined) {
        this.#prefix = prefix;
        this.#bucket = bucket;
      } else {
        this.#buckets ??= new Map();
        this.#buckets.set(prefix, bucket);
      }
    }
    return bucket;
  }

  #computeIdentity(): string {
    if (this.#identity !== undefined) return this.#identity;
    this.#identity = buildIdentity(this.#identityFields, this) ?? buildIdentity(Object.keys(this.#data), this) ?? '';
    return this.#identity;
  }
}

const EMPTY = new FeatureContext(NOTHING);

/** Converts `context` to a FeatureContext. A plain object has no identity fields; anything else is an empty context. */
export function toContext(context: unknown): FeatureContext {
  if (typeof context !== 'object' || context === null) return EMPTY;
  if (FeatureContext.made(context)) return context;
  // From another copy of the library, or from another realm.
  if ((context as { [BRAND]?: unknown })[BRAND] === true) return context as FeatureContext;
  return new FeatureContext(context as ContextData);
}

/** Describes what is not an array of strings in `list`; undefined if `list` is one. */
function findWrongKind(list: unknown): string | undefined {
  if (!Array.isArray(list)) return describeKind(list);
  for (const entry of list) if (typeof entry !== 'string') return `array with ${describeKind(entry)}`;
  return undefined;
}
