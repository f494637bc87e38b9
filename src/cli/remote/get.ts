/** Formats the options of a namespace of a running process. Runs in the command line's main thread. */
import type { OptionValue } from '../../common/value.js';
import type { NamespaceAnswer, OptionAnswer } from '../../status/answers.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson, formatTable, formatValue } from '../terminal/format.js';
import { suggestNames } from '../terminal/suggest.js';
import type { Client } from './client.js';
import { RemoteError } from './request.js';

/** The status code of an answer about something that the process does not have. */
const NOT_FOUND = 404;

/**
 * Returns the output of `get NAMESPACE [KEY]` for a running process.
 *
 * @throws {CommandError} if the process has no such namespace or option, or does not answer
 */
export async function describeLiveOptions(
  client: Client,
  namespace: string,
  key: string | undefined,
  isJson: boolean,
): Promise<string> {
  const { generation, found } = await readNamespace(client, namespace);
  const { file, options } = found;
  if (key === undefined) {
    if (!isJson) return formatList(options);
    return formatJson({ namespace, generation, options: options.map((option) => describe(option, file)) });
  }
  const option = options.find((candidate) => candidate.key === key);
  if (option === undefined) {
    const known = options.map((candidate) => candidate.key);
    throw new CommandError(`namespace '${namespace}' has no option '${key}'${suggestNames(key, known)}`);
  }
  if (isJson) return formatJson({ namespace, generation, ...describe(option, file) });
  return formatDetails(option, file);
}

/**
 * Returns the options of a namespace.
 *
 * @throws {CommandError} if the process does not have it; the message suggests a similar name
 */
export async function readNamespace(
  client: Client,
  namespace: string,
): Promise<{ readonly generation: number; readonly found: NamespaceAnswer }> {
  try {
    const { generation, namespaces } = await client.values(namespace);
    const found = namespaces.find((candidate) => candidate.namespace === namespace);
    if (found !== undefined) return { generation, found };
  } catch (error) {
    if (!(error instanceof RemoteError && error.statusCode === NOT_FOUND)) throw error;
  }
  const { status } = await client.status();
  const known = suggestNames(namespace, Object.keys(status.namespaces));
  throw new CommandError(`${client.address.name} has no namespace '${namespace}'${known}`);
}

/** Returns the fields of an option as `get --json` has them, and since when it has its value. */
function describe({ key, value, default: preset, isset, valueType, since }: OptionAnswer, file: string): object {
  return { key, value, default: preset, isset, source: isset ? file : undefined, valueType, since };
}

function formatList(options: readonly OptionAnswer[]): string {
  const rows = options.map((option) => [
    option.key,
    formatLive(option, option.value),
    formatPreset(option),
    findSource(option),
    formatSince(option),
  ]);
  return formatTable([['OPTION', 'VALUE', 'DEFAULT', 'FROM', 'SINCE'], ...rows]);
}

function formatDetails(option: OptionAnswer, file: string): string {
  return formatTable([
    ['value', formatLive(option, option.value, Number.POSITIVE_INFINITY)],
    ['default', formatPreset(option, Number.POSITIVE_INFINITY)],
    ['set', option.isset ? 'yes' : 'no'],
    ['from', option.isset ? file : option.valueType === null ? '-' : 'the default of the schema'],
    ['since', formatSince(option)],
  ]);
}

/** Formats a value; its type in parentheses if the process does not show values. */
function formatLive({ valueType }: OptionAnswer, value: OptionValue | undefined, max?: number): string {
  return value === undefined && valueType !== null ? `(${valueType})` : formatValue(value, max);
}

function formatPreset(option: OptionAnswer, max?: number): string {
  if (option.kind === 'flag') return formatValue(undefined);
  return formatLive(option, option.default, max);
}

function findSource({ isset, valueType }: OptionAnswer): string {
  return isset ? 'values' : valueType === null ? 'not set' : 'default';
}

function formatSince({ since: { at, generation } }: OptionAnswer): string {
  return at === null ? `generation ${generation}` : `${at}, generation ${generation}`;
}
