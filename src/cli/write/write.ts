/** The work of `sentry-options write`. Runs in the command line's main thread. */
import { joinFirst } from '../../common/text.js';
import { readSchemas } from '../schemas/read.js';
import { CommandError } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { makeDirectory, writeFiles } from '../terminal/write-files.js';
import { loadTargetValues, mergeValues, type NamespaceValues, type TargetValues } from '../values/load.js';
import { membersToJson } from '../yaml/node.js';
import { buildConfigMap, buildConfigMapName, type ConfigMapSettings, needsServerSideApply } from './config-map.js';

/** The command's options. */
export interface WriteOptions {
  readonly schemas: string;
  readonly root: string;
  readonly out?: string;
  readonly outputFormat: 'json' | 'configmap';
  readonly commitSha?: string;
  readonly commitTimestamp?: string;
  readonly namespace?: string;
  readonly target?: string;
  readonly configmapSuffix?: string;
}

/**
 * Validates all schemas and values, and writes only if none has an issue.
 *
 * @throws {CommandError} if there is an issue, an option is missing, or a file cannot be written
 */
export async function write(options: WriteOptions, output: Output): Promise<void> {
  const schemas = readSchemas(options.schemas, output);
  const { values, files } = loadTargetValues(options.root, schemas, output);
  const source = { values, generatedAt: formatTimestamp(new Date()), counts: { schemas: schemas.size, files } };
  if (options.outputFormat === 'json') await writeJson(source, options, output);
  else await writeConfigMap(source, options, output);
}

/** What is written. */
interface Source {
  readonly values: ReadonlyMap<string, NamespaceValues>;
  readonly generatedAt: string;
  /** How many schemas and files of values were read. */
  readonly counts: { readonly schemas: number; readonly files: number };
}

async function writeJson(
  { values, generatedAt, counts }: Source,
  { out }: WriteOptions,
  output: Output,
): Promise<void> {
  if (out === undefined) throw new CommandError('--out is required for json output format');
  const directory = out === '' ? '.' : out.replace(/(?<=.)\/$/, '');
  const texts = new Map<string, string>();
  for (const [namespace, byTarget] of values) {
    for (const target of byTarget.keys()) {
      const file = `${directory}/sentry-options-${namespace}-${target}.json`;
      const text = buildValuesJson(mergeValues(byTarget, target), generatedAt);
      texts.set(file, text);
    }
  }
  makeDirectory(directory);
  await writeFiles(texts, output);
  output.info('Successfully wrote output files', { num_files: texts.size, ...counts });
}

async function writeConfigMap(
  { values, generatedAt, counts }: Source,
  { namespace, target, configmapSuffix, commitSha, commitTimestamp, out }: WriteOptions,
  output: Output,
): Promise<void> {
  if (namespace === undefined) throw new CommandError('--namespace is required for configmap output format');
  if (target === undefined) throw new CommandError('--target is required for configmap output format');
  const name = buildConfigMapName(namespace, configmapSuffix);
  const byTarget = values.get(namespace);
  if (byTarget === undefined) throw notFound(`Namespace '${namespace}' not found in values`, values.keys());
  if (!byTarget.has(target))
    throw notFound(`Target '${target}' not found in namespace '${namespace}'`, byTarget.keys());
  const settings: ConfigMapSettings = {
    name,
    annotations: { commit_sha: commitSha, commit_timestamp: commitTimestamp, generated_at: generatedAt },
    values: buildValuesJson(mergeValues(byTarget, target), generatedAt),
  };
  const yaml = buildConfigMap(settings);
  if (out === undefined) {
    await output.file(yaml);
    output.info('Successfully generated ConfigMap', { name, ...counts });
  } else {
    await writeFiles(new Map([[out, yaml]]), output);
    output.info('Successfully wrote ConfigMap', { path: out, ...counts });
  }
  if (needsServerSideApply(settings)) output.info(SERVER_SIDE);
}

/** The maximum number of names that a message lists. */
const MAX_LISTED = 10;

function notFound(message: string, names: Iterable<string>): CommandError {
  const known = [...names].sort();
  return new CommandError(`${message}; there are values of ${joinFirst(known.slice(0, MAX_LISTED), known.length)}`);
}

const SERVER_SIDE =
  'Apply it by `kubectl apply --server-side`: without that option, Kubernetes rejects a ConfigMap of 256 KiB';

/** Returns the content of a `values.json`. */
function buildValuesJson(options: TargetValues, generatedAt: string): string {
  return `{"generated_at":${JSON.stringify(generatedAt)},"options":${membersToJson(options)}}`;
}

/** Formats RFC 3339 with nine decimals, like the Rust command line. A `Date` knows only three of them. */
function formatTimestamp(date: Date): string {
  return date.toISOString().replace('Z', '000000+00:00');
}
