/** The ConfigMaps that `sentry-options write` writes: one, or those of a target or of all targets. */
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { joinFirst } from '../../common/text.js';
import { isCommit } from '../../schema/commit.js';
import { readTimestamp } from '../../schema/timestamp.js';
import { CommandError, missingOption } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { makeDirectory, toDirectory, writeFiles } from '../terminal/write-files.js';
import { listTargets, notFound, requireTarget } from '../values/deployed.js';
import { mergeValues, type NamespaceValues } from '../values/load.js';
import { DEFAULT_TARGET } from '../values/tree.js';
import { buildConfigMap, buildConfigMapName, type ConfigMapSettings, needsServerSideApply } from './config-map.js';
import { buildValuesJson, type Source } from './source.js';

/** The options that concern ConfigMaps. */
export interface ConfigMapOptions {
  readonly out?: string;
  readonly commitSha?: string;
  readonly commitTimestamp?: string;
  readonly namespace?: string;
  readonly target?: string;
  readonly configmapSuffix?: string;
}

/** The maximum number of names that a message lists. */
const MAX_LISTED = 10;

const OR_ALL = 'Or leave out --namespace, and give --out DIR: it gets the ConfigMaps of all namespaces';

const SERVER_SIDE =
  'Apply it by `kubectl apply --server-side`: without that option, Kubernetes rejects a ConfigMap of 256 KiB';

/**
 * Writes one ConfigMap, for a namespace and a target; or several, into a directory, if one of these is missing.
 *
 * @throws {UsageError} if an option is missing
 * @throws {CommandError} if an option is wrong, a ConfigMap is too large, or a file cannot be written
 */
export async function writeConfigMaps(source: Source, options: ConfigMapOptions, output: Output): Promise<void> {
  const { namespace, target, out } = options;
  if (namespace !== undefined && target === undefined) {
    throw missingOption(`--target is required for configmap output format with --namespace. ${OR_ALL}`);
  }
  if (namespace !== undefined && target !== undefined)
    return await writeOne(source, namespace, target, options, output);
  if (out === undefined) {
    throw missingOption(
      'Give --namespace and --target for one ConfigMap, or --out DIR for the ConfigMaps of all namespaces',
    );
  }
  await writeAll(source, toDirectory(out), options, output);
}

/** Writes one ConfigMap, exactly as the Rust command line does. */
async function writeOne(
  { values, generatedAt, counts }: Source,
  namespace: string,
  target: string,
  { configmapSuffix, commitSha, commitTimestamp, out }: ConfigMapOptions,
  output: Output,
): Promise<void> {
  const name = buildConfigMapName(namespace, configmapSuffix);
  const byTarget = values.get(namespace);
  if (byTarget === undefined) throw notFound(`Namespace '${namespace}' not found in values`, values.keys());
  if (!byTarget.has(target))
    throw notFound(`Target '${target}' not found in namespace '${namespace}'`, byTarget.keys());
  const settings: ConfigMapSettings = {
    name,
    annotations: { commit_sha: commitSha, commit_timestamp: commitTimestamp, generated_at: generatedAt },
    values: buildValuesJson(mergeValues(byTarget, target), { generatedAt }),
  };
  const yaml = buildConfigMap(settings);
  const empty = [
    ...(commitSha === '' ? ['--commit-sha'] : []),
    ...(commitTimestamp === '' ? ['--commit-timestamp'] : []),
  ];
  if (empty.length > 0)
    output.warn(
      `${empty.join(' and ')} ${empty.length > 1 ? 'are' : 'is'} empty: perhaps a variable of the pipeline is not set`,
    );
  if (out === undefined) {
    await output.file(yaml);
    output.info('Successfully generated ConfigMap', { name, ...counts });
  } else {
    await writeFiles(new Map([[out, yaml]]), output);
    output.info('Successfully wrote ConfigMap', { path: out, ...counts });
  }
  if (needsServerSideApply(settings)) output.info(SERVER_SIDE);
}

/** Writes a ConfigMap for each namespace, of one target into `out`, or of each target into a folder of it. */
async function writeAll(source: Source, out: string, options: ConfigMapOptions, output: Output): Promise<void> {
  const { values, counts } = source;
  const { commitSha, commitTimestamp, target } = options;
  if (commitSha !== undefined && !isCommit(commitSha)) {
    throw new CommandError(
      `--commit-sha ${JSON.stringify(commitSha)} cannot name a commit: it must have 1 to 64 letters, digits and . _ + / -`,
    );
  }
  if (commitTimestamp !== undefined && readTimestamp(commitTimestamp) === undefined) {
    throw new CommandError(
      `--commit-timestamp must be a time such as 2026-01-21T18:30:00Z (RFC 3339); got ${JSON.stringify(commitTimestamp)}. \`git log -1 --format=%cI\` prints it`,
    );
  }
  const targets = listTargets(values);
  if (target !== undefined) requireTarget(target, targets);
  const texts = new Map<string, string>();
  for (const each of target === undefined ? targets : [target]) {
    const directory = target === undefined ? `${out}/${each}` : out;
    nameFallbacks(values, each, output);
    for (const [namespace, byTarget] of values) {
      const settings = describeOneOfMany(source, { namespace, target: each, byTarget }, options);
      texts.set(`${directory}/${settings.name}.yaml`, buildConfigMap(settings));
    }
  }
  const directories = [...new Set([...texts.keys()].map((path) => dirname(path)))];
  directories.forEach(makeDirectory);
  await writeFiles(texts, output);
  output.info('Successfully wrote ConfigMaps', { path: out, num_files: texts.size, ...counts });
  const others = directories.flatMap((directory) => listOthers(directory, texts));
  if (others.length > 0) {
    output.warn(
      `Not of this run, but \`kubectl apply -f\` on the directory applies it, too: ` +
        `${joinFirst(others.slice(0, MAX_LISTED), others.length)}. Remove it, or write into an empty directory`,
    );
  }
  const apply = `\`kubectl apply --server-side -f ${directories[0]}\``;
  output.info(
    target === undefined ? `Apply to each cluster the folder of its target: ${apply}` : `Apply it by ${apply}`,
  );
}

/** Describes a ConfigMap that lies beside others: its labels and its values say what it is of. */
function describeOneOfMany(
  { generatedAt }: Source,
  { namespace, target, byTarget }: { namespace: string; target: string; byTarget: NamespaceValues },
  { commitSha, commitTimestamp, configmapSuffix }: ConfigMapOptions,
): ConfigMapSettings {
  return {
    name: buildConfigMapName(namespace, configmapSuffix),
    labels: { 'sentry-options/namespace': namespace, 'sentry-options/target': target },
    annotations: { commit_sha: commitSha, commit_timestamp: commitTimestamp, generated_at: generatedAt },
    values: buildValuesJson(mergeValues(byTarget, target), { generatedAt, commit: commitSha }),
  };
}

/** Names the namespaces that have no values of their own for `target`. */
function nameFallbacks(values: Source['values'], target: string, output: Output): void {
  const without = [...values].filter(([, byTarget]) => !byTarget.has(target)).map(([namespace]) => namespace);
  if (without.length === 0) return;
  const names = joinFirst(without.slice(0, MAX_LISTED), without.length);
  output.info(`No values of their own for target '${target}', so those of '${DEFAULT_TARGET}' alone: ${names}`);
}

/** Lists manifests in `directory` that are not among `texts`. */
function listOthers(directory: string, texts: ReadonlyMap<string, string>): string[] {
  return readdirSync(directory)
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .map((name) => `${directory}/${name}`)
    .filter((path) => !texts.has(path))
    .sort();
}
