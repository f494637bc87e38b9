/** Checks and completes the settings of the OFREP handler. Runs in the thread that makes the handler. */
import { ConfigError } from '../common/errors.js';
import type { OptionsOf } from '../common/option-types.js';
import { readSettings } from '../common/settings.js';
import { describeArgument, describeKind, isArray } from '../common/value.js';
import { FeatureContext } from '../features/feature-context.js';
import type { FlagNameOf } from '../reading/feature-checker.js';
import { type OptionsStore, requireStore } from '../store/options-store.js';

/**
 * The settings of {@link createOfrepHandler}. `Args`: what the handler is called with behind the request, and passes on
 * to `context`.
 */
export interface OfrepConfig<N extends string = string, Args extends readonly unknown[] = []> {
  /** The namespace of the flags. */
  readonly namespace: N;
  /** The names of the flags that clients may ask for, without `feature.`. No other name ever leaves the process. */
  readonly flags: readonly FlagNameOf<OptionsOf<N>>[];
  /**
   * Returns the properties that the service itself knows of the client, such as its user's id by the session. They
   * replace those of the same name in the request; so does one that is undefined. The request's body is already read.
   * An object of properties as in `ContextData`, also of an interface's type; dates become strings. Default: none.
   */
  readonly context?:
    | ((request: Request, ...args: Args) => object | undefined | Promise<object | undefined>)
    | undefined;
  /**
   * The properties that a client may set, by the context that it sends. Others in that context are ignored, except
   * `targetingKey`, which no rule should trust. `'all'`: only if each client is a service that you trust. Default: none.
   */
  readonly clientProperties?: readonly string[] | 'all' | undefined;
  /**
   * The property that receives the `targetingKey` of a client's context, if the client may set that property. Default:
   * `targetingKey`, which it may.
   */
  readonly targetingKeyProperty?: string | undefined;
  /** The properties that determine the rollout bucket, as in FeatureContext. Default: `targetingKeyProperty` alone. */
  readonly identityFields?: readonly string[] | undefined;
  /** The store to read from. Default: the store that this thread has at each request, from `init()` or `attach()`. */
  readonly store?: OptionsStore | undefined;
  /** The path before `/ofrep/v1`, such as `/api`. Default: none. */
  readonly basePath?: string | undefined;
  /** The most bytes of a request's body, 1 to 16 777 216. Default: 65 536. */
  readonly maxBodyBytes?: number | undefined;
}

/** All settings, checked and completed. */
export interface ResolvedOfrepConfig {
  readonly namespace: string;
  /** Without duplicates, in the order of the answers. */
  readonly flags: ReadonlySet<string>;
  readonly context: ((request: Request, ...args: readonly unknown[]) => unknown) | undefined;
  readonly clientProperties: ReadonlySet<string> | 'all';
  readonly targetingKeyProperty: string;
  readonly identityFields: readonly string[];
  readonly store: OptionsStore | undefined;
  readonly basePath: string;
  readonly maxBodyBytes: number;
}

type Loose = Partial<Record<keyof OfrepConfig, unknown>>;

/** The name of the targeting key in a request. A client may always set the property of that name. */
export const TARGETING_KEY = 'targetingKey';

const SUBJECT = 'The configuration of createOfrepHandler()';
const SETTINGS = [
  'namespace',
  'flags',
  'context',
  'clientProperties',
  'targetingKeyProperty',
  'identityFields',
  'store',
  'basePath',
  'maxBodyBytes',
] as const;
const MAX_BODY_BYTES = 2 ** 24;

/**
 * Checks `config`, and completes it with the defaults.
 *
 * @throws {ConfigError} if a setting is missing, unknown or invalid
 */
export function resolveOfrepConfig(config: unknown): ResolvedOfrepConfig {
  const settings: Loose = readSettings<Loose>(SUBJECT, config, SETTINGS);
  const { context, maxBodyBytes = 65_536, basePath = '', targetingKeyProperty = TARGETING_KEY } = settings;
  check('namespace', settings.namespace, isName, 'a non-empty string');
  check('targetingKeyProperty', targetingKeyProperty, isName, 'a non-empty string');
  if (context !== undefined) check('context', context, isFunction, 'a function');
  check('basePath', basePath, isPath, "a path that begins with '/' and does not end with one");
  check('maxBodyBytes', maxBodyBytes, isSize, `an integer from 1 to ${MAX_BODY_BYTES}`);
  const flags = readNames('flags', settings.flags);
  const { clientProperties = [] } = settings;
  const allowed = clientProperties === 'all' ? clientProperties : readNames('clientProperties', clientProperties, true);
  const identityFields = readNames('identityFields', settings.identityFields ?? [targetingKeyProperty]);
  new FeatureContext({}, { identityFields: [...identityFields] });
  const resolved: ResolvedOfrepConfig = {
    namespace: settings.namespace,
    flags,
    context,
    clientProperties: allowed,
    targetingKeyProperty,
    identityFields: [...identityFields],
    store: settings.store === undefined ? undefined : requireStore(settings.store),
    basePath,
    maxBodyBytes,
  };
  requireIdentity(resolved);
  return resolved;
}

/** Whether a client may set the property. */
export function isFromClient({ clientProperties }: ResolvedOfrepConfig, property: string): boolean {
  return clientProperties === 'all' || clientProperties.has(property) || property === TARGETING_KEY;
}

/** Without an identity, all properties would determine the bucket: another one for each change of any of them. */
function requireIdentity(config: ResolvedOfrepConfig): void {
  const { identityFields, context } = config;
  if (context !== undefined || identityFields.some((field) => isFromClient(config, field))) return;
  const key = 'identityFields';
  throw new ConfigError(
    `No identity field (${identityFields.join(', ')}) can have a value. Set context to a function that returns it for ` +
      'a request; or, if clients may choose it, name it in clientProperties.',
    { key },
  );
}

function check<T>(key: string, value: unknown, test: (value: unknown) => value is T, what: string): asserts value is T {
  if (!test(value))
    throw new ConfigError(`The handler's ${key} must be ${what}; got ${describeArgument(value)}.`, { key });
}

function readNames(key: string, value: unknown, mayBeEmpty = false): ReadonlySet<string> {
  const got = findWrongKind(value, mayBeEmpty);
  if (got === undefined) return new Set(value as readonly string[]);
  throw new ConfigError(`The handler's ${key} must be an array of names; got ${got}.`, { key });
}

/** Describes what is not an array of names in `value`; undefined if it is one. */
function findWrongKind(value: unknown, mayBeEmpty: boolean): string | undefined {
  if (!isArray(value)) return describeKind(value);
  for (const name of value) if (!isName(name)) return `array with ${describeKind(name)}`;
  return value.length === 0 && !mayBeEmpty ? 'empty array' : undefined;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isFunction(value: unknown): value is NonNullable<ResolvedOfrepConfig['context']> {
  return typeof value === 'function';
}

function isPath(value: unknown): value is string {
  return value === '' || (typeof value === 'string' && value.startsWith('/') && !value.endsWith('/'));
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_BODY_BYTES;
}
