/** Formats the options of a namespace of a running process. Runs in the command line's main thread. */
import type { OptionValue } from '../../common/value.js';
import type { NamespaceAnswer, OptionAnswer } from '../../status/answers.js';
import type { Status } from '../../status/status.js';
import { CommandError } from '../terminal/errors.js';
import { formatJson, formatTable, formatValue } from '../terminal/format.js';
import type { Output } from '../terminal/output.js';
import { suggestKeys, suggestNames } from '../terminal/suggest.js';
import { toOption } from './address.js';
import type { Client } from './client.js';
import { RemoteError } from './request.js';

/** The status code of an answer about something that the process does not have. */
const NOT_FOUND = 404;

/**
 * Prints the output of `get NAMESPACE [KEY]` for a running process; and before it, if these may not be the values of its
 * files.
 *
 * @throws {CommandError} if the process has no such namespace or option, or does not answer
 */
export async function printLiveOptions(
  client: Client,
  namespace: string,
  key: string | undefined,
  isJson: boolean,
  output: Output,
): Promise<void> {
  const { generation, found } = await readNamespace(client, namespace);
  const { status } = await client.status();
  const text = describeOptions({ namespace, generation, health: status.health }, found, key, isJson);
  const doubt = isJson ? undefined : describeDoubt(status, namespace);
  if (doubt !== undefined) {
    output.warn(`${client.address.name} ${doubt}. Why: sentry-options status ${toOption(client.address)}`);
  }
  await output.data(text);
}

/** Returns why the values of a process may differ from its files; undefined if they do not. */
function describeDoubt({ health, lastErrorAt, namespaces }: Status, namespace: string): string | undefined {
  if (health === 'ok') return undefined;
  const since = namespaces[namespace]?.held?.since ?? lastErrorAt;
  if (health !== 'degraded' || since === null) return `is ${health}, so these values may not be those of its files`;
  // With `isolation: 'namespace'`, the others follow their files.
  const isOthers = namespaces[namespace]?.held == null && Object.values(namespaces).some(({ held }) => held !== null);
  return isOthers ? undefined : `rejects its files since ${since}, so these values are not those of its files`;
}

function describeOptions(
  head: { readonly namespace: string; readonly generation: number; readonly health: Status['health'] },
  { file, options }: NamespaceAnswer,
  key: string | undefined,
  isJson: boolean,
): string {
  if (key === undefined) {
    if (!isJson) return formatList(options);
    return formatJson({ ...head, options: options.map((option) => describe(option, file)) });
  }
  const option = options.find((candidate) => candidate.key === key);
  if (option === undefined) {
    const known = options.map((candidate) => candidate.key);
    throw new CommandError(`namespace '${head.namespace}' has no option '${key}'${suggestKeys(key, known)}`);
  }
  if (isJson) return formatJson({ ...head, ...describe(option, file) });
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
