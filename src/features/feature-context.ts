/** `FeatureContext`: what a flag is evaluated for. Used by readers, in the thread that made it. */
import { ConfigError } from '../common/errors.js';
import { type Comparable, MISSING, toComparable } from './comparable.js';
import { buildIdentity, computeBucket } from './identity.js';
import { isPresent } from './identity-text.js';

/** What a property of a context can be: what JSON can say, and bigints. */
export type ContextValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ContextValue[]
  | { readonly [property: string]: ContextValue | undefined };

/** A context's properties. An undefined one is missing. */
export type ContextData = Readonly<Record<string, ContextValue | undefined>>;

/** How a context is to be understood. */
export interface FeatureContextOptions {
  /** The properties that tell one user (or organization …) from another: rollouts go by them. All, if left out. */
  readonly identityFields?: readonly string[] | undefined;
}

/** Marks contexts, also those that another copy of the library has made. */
const BRAND = Symbol.for('sentry-options/context@1');
const NOTHING: ContextData = Object.freeze({});

/**
 * What a flag is evaluated for: properties of the user, the organization, the request. It keeps a reference to its
 * data, and what it has worked out of it: the data must not change afterwards. Make one for each request, and evaluate
 * all flags with it: a context that has been used before is many times faster than a fresh one.
 *
 * @example
 * const context = new FeatureContext({ organization_id: 42, plan: 'business' }, { identityFields: ['organization_id'] });
 */
export class FeatureContext {
  readonly #data: ContextData;
  readonly #identityFields: readonly string[];
  #comparables: Map<string, Comparable> | undefined;
  #identity: string | undefined;
  /** The first prefix that was asked for, '' for older flags and a name for each newer one; and its bucket. */
  #prefix: string | undefined;
  #bucket = 0;
  /** The buckets of further prefixes. */
  #buckets: Map<string, number> | undefined;

  /** @throws {ConfigError} where `identityFields` is no list of strings */
  constructor(data: ContextData, { identityFields = [] }: FeatureContextOptions = {}) {
    if (!isListOfStrings(identityFields)) {
      throw new ConfigError("A context's identityFields have to be a list of names of properties.", {
        key: 'identityFields',
      });
    }
    this.#data = typeof data === 'object' && data !== null ? data : NOTHING;
    this.#identityFields = identityFields;
  }

  /** @internal Whether this copy of the library has made `value`. Not instanceof: a prototype alone has no data. */
  static made(value: object): value is FeatureContext {
    return #data in value;
  }

  /** @internal */
  get [BRAND](): true {
    return true;
  }

  /** @internal The property as it is; undefined where it is missing, as those are that an object only inherits. */
  value(property: string): ContextValue | undefined {
    if (!Object.hasOwn(this.#data, property)) return undefined;
    const value = this.#data[property];
    return isPresent(value) ? value : undefined;
  }

  /** @internal The property in the form in which conditions compare it. */
  comparable(property: string): Comparable {
    const known = this.#comparables?.get(property);
    if (known !== undefined) return known;
    const value = this.value(property);
    const made = value === undefined ? MISSING : toComparable(value);
    this.#comparables ??= new Map();
    this.#comparables.set(property, made);
    return made;
  }

  /** @internal The bucket, 0 to 99, of the identity with `prefix` before it. */
  bucket(prefix: string): number {
    // As a rule one flag asks, or several older ones, which all have the prefix '': a Map takes 65 ns to make and fill.
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

/** `context` as a FeatureContext: a plain object is one without identity fields, and anything else an empty one. */
export function toContext(context: unknown): FeatureContext {
  if (typeof context !== 'object' || context === null) return EMPTY;
  if (FeatureContext.made(context)) return context;
  // Of another copy of the library, or of another realm.
  if ((context as { [BRAND]?: unknown })[BRAND] === true) return context as FeatureContext;
  return new FeatureContext(context as ContextData);
}

function isListOfStrings(list: unknown): boolean {
  if (!Array.isArray(list)) return false;
  for (const entry of list) if (typeof entry !== 'string') return false;
  return true;
}
