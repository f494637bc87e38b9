/** The work of `sentry-options write`. Runs in the command line's main thread. */
import { readSchemas } from '../schemas/read.js';
import { missingOption } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import { makeDirectory, toDirectory, writeFiles } from '../terminal/write-files.js';
import { loadTargetValues, mergeValues } from '../values/load.js';
import { type ConfigMapOptions, writeConfigMaps } from './config-maps.js';
import { determineGeneratedAt } from './generated-at.js';
import { buildValuesJson, type Source } from './source.js';

/** The command's options. */
export interface WriteOptions extends ConfigMapOptions {
  readonly schemas: string;
  readonly root: string;
  readonly outputFormat: 'json' | 'configmap';
  readonly generatedAt?: string;
  readonly strict?: boolean;
}

/**
 * Validates all schemas and values, and writes only if none has an issue.
 *
 * @throws {UsageError} if an option is missing
 * @throws {CommandError} if there is an issue, or a file cannot be written
 */
export async function write(options: WriteOptions, output: Output): Promise<void> {
  const generatedAt = determineGeneratedAt(options.generatedAt, process.env);
  const schemas = readSchemas(options.schemas, output, options.strict);
  const { values, files } = loadTargetValues(options.root, schemas, output, { isStrict: options.strict === true });
  const source = { values, generatedAt, counts: { schemas: schemas.size, files } };
  if (options.outputFormat === 'json') await writeJson(source, options, output);
  else await writeConfigMaps(source, options, output);
}

/** The options that only ConfigMaps have. */
const FOR_CONFIG_MAPS = [
  ['namespace', '--namespace'],
  ['target', '--target'],
  ['commitSha', '--commit-sha'],
  ['commitTimestamp', '--commit-timestamp'],
  ['configmapSuffix', '--configmap-suffix'],
] as const;

async function writeJson(
  { values, generatedAt, counts }: Source,
  { out, ...options }: WriteOptions,
  output: Output,
): Promise<void> {
  if (out === undefined) throw missingOption('--out is required for json output format');
  const ignored = FOR_CONFIG_MAPS.filter(([key]) => options[key] !== undefined).map(([, name]) => name);
  if (ignored.length > 0) {
    output.warn(
      `The output format json has all namespaces and targets, and no annotations: it ignores ${ignored.join(', ')}. ` +
        'Leave that out, or add --output-format configmap',
    );
  }
  const directory = toDirectory(out);
  const texts = new Map<string, string>();
  for (const [namespace, byTarget] of values) {
    for (const target of byTarget.keys()) {
      const file = `${directory}/sentry-options-${namespace}-${target}.json`;
      texts.set(file, buildValuesJson(mergeValues(byTarget, target), { generatedAt }));
    }
  }
  makeDirectory(directory);
  await writeFiles(texts, output);
  output.info('Successfully wrote output files', { num_files: texts.size, ...counts });
}
