/**
 * Formats the options of a namespace: value, default, and the source of the value. Runs in the command line's main
 * thread.
 */
import type { OptionValue } from '../../common/value.js';
import { valuesFile } from '../../config/base-directory.js';
import { findOption, type OptionSchema } from '../../schema/namespace-schema.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson, formatTable, formatValue } from '../terminal/format.js';
import { suggestKeys } from '../terminal/suggest.js';
import { type OpenStore, requireSchema } from './store.js';

/** One option as `get` resolves it. */
interface ResolvedOption {
  readonly key: string;
  /** The value that a service reads; undefined for a feature flag that is not set. */
  readonly value: OptionValue | undefined;
  /** The schema's default; undefined for a feature flag. */
  readonly default: OptionValue | undefined;
  readonly isset: boolean;
  /** The file that holds the value: of values, or the schema; undefined for a feature flag that is not set. */
  readonly source: string | undefined;
}

/**
 * Returns the output of `get NAMESPACE [KEY]`.
 *
 * @throws {CommandError} if no schema declares the namespace or the key
 */
export function describeOptions(open: OpenStore, namespace: string, key: string | undefined, isJson: boolean): string {
  const schema = requireSchema(open, namespace);
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
    const options = values
      .keys()
      .flatMap((name) => findOption(schema, name) ?? [])
      .map(resolve);
    return isJson ? formatJson({ namespace, options }) : formatList(options);
  }
  const option = findOption(schema, key);
  if (option === undefined) {
    const known = suggestKeys(key, values.keys());
    throw new CommandError(`namespace '${namespace}' has no option '${key}'${known}`);
  }
  const resolved = resolve(option);
  return isJson ? formatJson({ namespace, ...resolved }) : formatDetails(resolved);
}

function formatList(options: readonly ResolvedOption[]): string {
  const rows = options.map(({ key, value, default: preset, isset }) => [
    key,
    formatValue(value),
    formatValue(preset),
    isset ? 'values' : value === undefined ? 'not set' : 'default',
  ]);
  return formatTable([['OPTION', 'VALUE', 'DEFAULT', 'FROM'], ...rows]);
}

/** Formats one option, with its whole value. */
function formatDetails({ value, default: preset, isset, source }: ResolvedOption): string {
  return formatTable([
    ['value', formatValue(value, Number.POSITIVE_INFINITY)],
    ['default', formatValue(preset, Number.POSITIVE_INFINITY)],
    ['set', isset ? 'yes' : 'no'],
    ['from', source ?? '-'],
  ]);
}
