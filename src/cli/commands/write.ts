/** `sentry-options write`: turns the values of a directory into the files that are deployed. */

import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import type { WriteOptions } from '../write/write.js';
import { STRICT } from './strict-option.js';
import { makeRootOption, makeSchemasOption } from './values-options.js';

/** Adds the command to `program`. */
export function addWriteCommand(program: CliCommand): void {
  program
    .command('write')
    .description('Validates the values of a directory, and writes them as JSON files or as a Kubernetes ConfigMap.')
    .addOption(makeSchemasOption())
    .addOption(makeRootOption())
    .addOption(
      new ValueOption(
        'out',
        'json: directory to write to; configmap: file (default: stdout), or directory for several',
      ),
    )
    .addOption(
      new ValueOption('output-format', 'format to write', { choices: ['json', 'configmap'], defaultValue: 'json' }),
    )
    .addOption(
      new ValueOption(
        'commit-sha',
        'configmap: commit of the values, as an annotation; of several, in values.json, too',
      ),
    )
    .addOption(new ValueOption('commit-timestamp', 'configmap: time of that commit, as an annotation'))
    .addOption(new ValueOption('namespace', 'configmap: namespace (default: all, into a directory)'))
    .addOption(new ValueOption('target', 'configmap: target (default: all, into a directory)'))
    .addOption(new ValueOption('generated-at', 'time to write, RFC 3339 (default: SOURCE_DATE_EPOCH, else now)'))
    .addOption(new ValueOption('configmap-suffix', 'configmap: suffix of its name'))
    .annotates()
    .addOption(new FlagOption(...STRICT))
    .example(
      'sentry-options write --schemas sentry-options/schemas --root option-values --out dist',
      'sentry-options write --schemas sentry-options/schemas --root option-values \\\n' +
        '      --output-format configmap --namespace seer --target us',
      'sentry-options write --schemas sentry-options/schemas --root option-values \\\n' +
        '      --output-format configmap --target us --out dist',
    )
    .runs<WriteOptions>(async (options, output) => {
      const { write } = await import('../write/write.js');
      await write(options, output);
    });
}
