/** `FeatureContext`: the context that a flag is evaluated for. Runs in readers; imports no store. */
import { computeBucket, computeShortBucket } from './bucket.js';
import { type Comparable, contextToComparable, MISSING } from './comparable.js';
import { ContextLimitError, ContextReader } from './context-limits.js';
import { type FeatureContextOptions, NO_FIELDS, readIdentityFields } from './context-options.js';
import { buildIdentity } from './identity.js';
import { isInteger, isPresent } from './identity-text.js';
import { type AnswerLog, recording } from './recording.js';

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

/**
 * The type `T` of an object whose properties are those of a context, also if it is an interface: unlike a type alias, an
 * interface has no index signature, so it is not assignable to {@link ContextData}. Functions, dates and the like are not.
 */
export type ContextObject<T> = { readonly [Key in keyof T]: ContextProperty<T[Key]> };
type ContextProperty<V> = V extends ContextValue | undefined
  ? V
  : V extends (...parameters: never) => unknown
    ? never
    : V extends object
      ? ContextObject<V>
      : never;

/**
 * The key under which a context of another copy of the library has its parts: plain data, because its methods may differ.
 */
const PARTS = Symbol.for('sentry-options/context@2');

/** Receives mistakes of the program in the contexts of one store's flags. */
export interface ContextWarnings {
  /** Warns of a context without any of its identity fields: all of its properties decide rollouts. */
  missingIdentity(identityFields: readonly string[]): void;
}

/** The part of a flag that its rollouts need. */
interface BucketFlag {
  /** Precedes the identity in the string that is hashed. */
  readonly prefix: string;
  readonly warnings?: ContextWarnings | undefined;
}

/** What a context consists of. */
interface ContextParts {
  readonly data: ContextData;
  readonly identityFields: readonly string[];
}

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
export class FeatureContext<Data extends ContextObject<Data> = ContextData> {
  readonly #data: ContextData;
  readonly #identityFields: readonly string[];
  #comparables: Map<string, Comparable> | undefined;
  #identity: string | undefined;
  /** Why the identity cannot be computed. Kept, so that a context that is too large is not read at each evaluation. */
  #failure: ContextLimitError | undefined;
  /** The first prefix that a flag asked for ('' for older flags, a name for each newer flag), and its bucket. */
  #prefix: string | undefined;
  #bucket = 0;
  /** The buckets of further prefixes. */
  #buckets: Map<string, number> | undefined;
  /**
   * Where the answers for this context are recorded; undefined if nothing records. Found once: to find the request that
   * runs takes several times as long as an evaluation.
   */
  #log: AnswerLog | undefined;

  /** @throws {ConfigError} if `identityFields` is not an array of strings, or an option is unknown */
  constructor(data: Data, options?: FeatureContextOptions) {
    this.#data = typeof data === 'object' && data !== null ? (data as ContextData) : NOTHING;
    this.#identityFields = options === undefined ? NO_FIELDS : readIdentityFields(options);
    this.#log = recording.recorder === undefined ? undefined : makeLog();
  }

  /** @internal Returns the context of evaluations without one, of any request. */
  static empty(): FeatureContext {
    if (recording.recorder !== undefined) EMPTY.#log ??= recording.recorder.current;
    return EMPTY;
  }

  /** @internal Whether this copy of the library made `value`. Not instanceof: a prototype alone has no data. */
  static made(value: object): value is FeatureContext {
    return #data in value;
  }

  /** @internal For other copies of the library. */
  get [PARTS](): ContextParts {
    return { data: this.#data, identityFields: this.#identityFields };
  }

  /** @internal Where the answers for this context are recorded; undefined if nothing records. */
  get log(): AnswerLog | undefined {
    return this.#log;
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
    const made = value === undefined ? MISSING : contextToComparable(value);
    this.#comparables ??= new Map();
    this.#comparables.set(property, made);
    return made;
  }

  /** @internal Returns the bucket, 0 to 99, of the identity with the flag's prefix before it. */
  bucket(flag: BucketFlag): number {
    const { prefix } = flag;
    // Usually one flag asks, or several older flags, which all have the prefix '': a Map takes 65 ns to make and fill.
    if (prefix === this.#prefix) return this.#bucket;
    let bucket = this.#buckets?.get(prefix);
    if (bucket === undefined) {
      bucket = this.#computeBucket(flag);
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

  /**
   * @internal Returns the text that rollouts hash, without the name of a newer flag: `organization_id:42`.
   *
   * @throws {ContextLimitError} if the context is too large
   */
  identity(): string {
    return this.#computeIdentity();
  }

  #computeBucket({ prefix, warnings }: BucketFlag): number {
    // Usually the identity is one field, with a short text or an integer.
    const fields = this.#identityFields;
    if (fields.length === 1) {
      const field = fields[0] as string;
      const value = this.value(field);
      let bucket = -1;
      if (typeof value === 'string') bucket = computeShortBucket(prefix, field, value);
      else if (typeof value === 'number' && isInteger(value)) bucket = computeShortBucket(prefix, field, String(value));
      if (bucket >= 0) return bucket;
    }
    return computeBucket(prefix + this.#computeIdentity(warnings));
  }

  #computeIdentity(warnings?: ContextWarnings): string {
    if (this.#identity !== undefined) return this.#identity;
    if (this.#failure !== undefined) throw this.#failure;
    const reader = new ContextReader();
    try {
      let identity = buildIdentity(this.#identityFields, this, reader);
      if (identity === undefined) {
        if (this.#identityFields.length > 0) warnings?.missingIdentity(this.#identityFields);
        identity = buildIdentity(reader.listNames(this.#data, 0), this, reader);
      }
      this.#identity = identity ?? '';
    } catch (error) {
      if (error instanceof ContextLimitError) this.#failure = error;
      throw error;
    }
    return this.#identity;
  }
}

const EMPTY = new FeatureContext(NOTHING);
/** By contexts of other copies of the library: a context is evaluated many times. */
const foreign = new WeakMap<object, FeatureContext>();

/** Converts `context` to a FeatureContext. A plain object has no identity fields; anything else is an empty context. */
export function toContext(context: unknown): FeatureContext {
  if (typeof context !== 'object' || context === null) return FeatureContext.empty();
  if (FeatureContext.made(context)) return context;
  const known = foreign.get(context);
  if (known !== undefined) return known;
  const parts = (context as { [PARTS]?: ContextParts })[PARTS];
  if (parts === undefined) return new FeatureContext(context as ContextData);
  const made = new FeatureContext(parts.data, { identityFields: parts.identityFields });
  foreign.set(context, made);
  return made;
}

/** Finds where the answers for `context` are recorded. Converts it only if anything records. */
export function findLog(context: unknown): AnswerLog | undefined {
  if (typeof context === 'object' && context !== null && FeatureContext.made(context)) return context.log;
  return recording.recorder === undefined ? undefined : toContext(context).log;
}

function makeLog(): AnswerLog | undefined {
  try {
    return recording.recorder?.logOfContext();
  } catch {
    // For example, other code has replaced what finds the request.
    return undefined;
  }
}
