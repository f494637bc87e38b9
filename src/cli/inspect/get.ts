/** What the options of a namespace resolve to: value, default, and where the value comes from. */

import { valuesFile } from '../../../workers/values/volume.js';
import type { OptionValue } from '../../common/value.js';
import type { OptionSchema } from '../../schema/namespace-schema.js';
import { CommandError } from '../terminal/errors.js';
import { hint, type OpenStore, schemaOf } from './store.js';
import { jsonText, table, valueText } from './text.js';

/** One option as it is read. */
interface ResolvedOption {
  readonly key: string;
  /** Undefined for a feature flag that is not set. */
  readonly value: OptionValue | undefined;
  /** Undefined for a feature flag. */
  readonly default: OptionValue | undefined;
  readonly isset: boolean;
  /** The file that the value comes from. */
  readonly source: string | undefined;
}

/**
 * What `get NAMESPACE [KEY]` prints.
 *
 * @throws {CommandError} for a namespace or a key that no schema declares
 */
export function describeOptions(open: OpenStore, namespace: string, key: string | undefined, isJson: boolean): string {
  const schema = schemaOf(open, namespace);
  const values = open.store.namespace(namespace);
  const { directory } = open.store.status();
  const resolve = (option: OptionSchema): ResolvedOption => {
    const isset = values.isset(option.name);
    return {
      key: option.name,
      value: option.isFlag && !isset ? undefined : values.get(option.name),
      default: option.defaultValue,
      isset,
      source: isset ? valuesFile(directory, namespace) : option.isFlag ? undefined : schema.file,
    };
  };
  if (key === undefined) {
    const options = [...schema.options.values()].map(resolve);
    return isJson ? jsonText({ namespace, options }) : listOf(options);
  }
  const option = schema.options.get(key);
  if (option === undefined) {
    const known = hint(key, [...schema.options.keys()]);
    throw new CommandError(`namespace '${namespace}' has no option '${key}'${known}`);
  }
  const resolved = resolve(option);
  return isJson ? jsonText({ namespace, ...resolved }) : detailsOf(resolved);
}

function listOf(options: readonly ResolvedOption[]): string {
  const rows = options.map(({ key, value, default: preset, isset }) => [
    key,
    valueText(value),
    valueText(preset),
    isset ? 'values' : value === undefined ? 'not set' : 'default',
  ]);
  return table([['OPTION', 'VALUE', 'DEFAULT', 'FROM'], ...rows]);
}

/** One option in full. */
function detailsOf({ value, default: preset, isset, source }: ResolvedOption): string {
  return table([
    ['value', valueText(value, Number.POSITIVE_INFINITY)],
    ['default', valueText(preset, Number.POSITIVE_INFINITY)],
    ['set', isset ? 'yes' : 'no'],
    ['from', source ?? '-'],
  ]);
}
