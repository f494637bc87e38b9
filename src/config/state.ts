/**
 * Checks the settings `stateDirectory` and `onInvalidValues`: where the watcher keeps the last good values, and what a
 * start does with invalid ones. Runs in the thread that starts the store.
 */
import { ConfigError } from '../common/errors.js';
import { describeArgument } from '../common/value.js';
import { makeAbsolute } from './base-directory.js';

const POLICIES = ['throw', 'lastGood', 'defaults'] as const;

/** What a start does if the values are invalid: throws, serves the values that were kept, or serves the defaults. */
export type InvalidValuesPolicy = (typeof POLICIES)[number];

/** Both settings, checked and completed. */
export interface StateSettings {
  /** Where the watcher keeps the last good values; absolute. Undefined if it keeps none. */
  readonly stateDirectory: string | undefined;
  readonly onInvalidValues: InvalidValuesPolicy;
}

/**
 * Determines where the watcher keeps the last good values. The argument takes precedence over the variable; `null` and
 * the empty string mean: nowhere.
 *
 * @throws {ConfigError} if a setting is invalid, or a directory is relative to one that was deleted
 */
export function resolveState(
  { stateDirectory, onInvalidValues }: { stateDirectory?: unknown; onInvalidValues?: unknown },
  variable: string | undefined,
): StateSettings {
  const directory = stateDirectory === undefined ? variable : stateDirectory;
  if (directory !== undefined && directory !== null && typeof directory !== 'string') {
    throw new ConfigError(`stateDirectory must be a path or null; got ${describeArgument(directory)}.`, {
      key: 'stateDirectory',
    });
  }
  const isOn = directory !== undefined && directory !== null && directory !== '';
  if (onInvalidValues !== undefined && !isPolicy(onInvalidValues)) {
    throw new ConfigError(
      `onInvalidValues must be 'throw', 'lastGood' or 'defaults'; got ${describeArgument(onInvalidValues)}.`,
      { key: 'onInvalidValues' },
    );
  }
  return {
    stateDirectory: isOn ? makeAbsolute(directory, 'state directory', 'stateDirectory') : undefined,
    onInvalidValues: onInvalidValues ?? (isOn ? 'lastGood' : 'throw'),
  };
}

function isPolicy(value: unknown): value is InvalidValuesPolicy {
  return POLICIES.includes(value as InvalidValuesPolicy);
}
