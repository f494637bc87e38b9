/** `FeatureContextOptions`: the settings of a `FeatureContext`, and how they are read. Runs in readers. */
import { ConfigError } from '../common/errors.js';
import { describeThrown } from '../common/log.js';
import { readSettings } from '../common/settings.js';
import { describeKind, isArray } from '../common/value.js';

/** The settings of a `FeatureContext`. All are optional. */
export interface FeatureContextOptions {
  /**
   * The properties that identify the user (or the organization …). They determine the rollout bucket. Default: all
   * properties of the context.
   */
  readonly identityFields?: readonly string[] | undefined;
}

/** No identity fields: all properties of the context determine the rollout bucket. */
export const NO_FIELDS: readonly string[] = Object.freeze([]);
const OPTIONS = 'The options of FeatureContext';
const OPTION_NAMES = ['identityFields'] as const;

/**
 * Returns the identity fields of `options`.
 *
 * @throws {ConfigError} if they are not an array of strings, or an option is unknown
 */
export function readIdentityFields(options: FeatureContextOptions): readonly string[] {
  // A request makes a context, and reading the options in full takes 200 ns.
  const usual = tryRead(options);
  if (usual !== undefined) return usual;
  const { identityFields = NO_FIELDS } = readSettings<FeatureContextOptions>(OPTIONS, options, OPTION_NAMES);
  const wrong = findWrongKind(identityFields);
  if (wrong === undefined) return identityFields;
  throw new ConfigError(`identityFields must be an array of property names; got ${wrong}.`, { key: 'identityFields' });
}

/** Returns the identity fields; undefined if they are missing or invalid, or cannot be read. */
function tryRead(options: FeatureContextOptions): readonly string[] | undefined {
  try {
    if (!Object.hasOwn(options, 'identityFields')) return undefined;
    // `identityField` beside it: the slow way rejects it.
    for (const name in options) if (name !== 'identityFields') return undefined;
    const { identityFields } = options;
    return findWrongKind(identityFields) === undefined ? identityFields : undefined;
  } catch {
    return undefined;
  }
}

/** Describes what is not an array of strings in `list`; undefined if `list` is one. */
function findWrongKind(list: unknown): string | undefined {
  if (!isArray(list)) return describeKind(list);
  try {
    for (const entry of list) if (typeof entry !== 'string') return `array with ${describeKind(entry)}`;
  } catch (error) {
    return `array that cannot be read: ${describeThrown(error)}`;
  }
  return undefined;
}
