/** `sentry-options write`: from the values of a directory to what is deployed. */
import { type CliCommand, ValueOption } from '../terminal/command.js';
import type { WriteOptions } from '../write/write.js';

/** Adds the command to `program`. */
export function addWriteCommand(program: CliCommand): void {
  program
    .command('write')
    .description('Checks the values of a directory, and makes of them JSON files, or a Kubernetes ConfigMap.')
    .addOption(new ValueOption('schemas', 'directory with a folder for each namespace', { required: true }))
    .addOption(new ValueOption('root', 'directory with the values: NAMESPACE/TARGET/FILE.yaml', { required: true }))
    .addOption(new ValueOption('out', 'json: the directory to write to; configmap: the file, else stdout'))
    .addOption(
      new ValueOption('output-format', 'what to make', { choices: ['json', 'configmap'], defaultValue: 'json' }),
    )
    .addOption(new ValueOption('commit-sha', 'configmap: the commit of the values, as an annotation'))
    .addOption(new ValueOption('commit-timestamp', 'configmap: the time of that commit, as an annotation'))
    .addOption(new ValueOption('namespace', 'configmap: the namespace (required)'))
    .addOption(new ValueOption('target', 'configmap: the target (required)'))
    .addOption(new ValueOption('configmap-suffix', 'configmap: a part to add to its name'))
    .example(
      'sentry-options write --schemas sentry-options/schemas --root option-values --out dist',
      'sentry-options write --schemas sentry-options/schemas --root option-values \\\n' +
        '      --output-format configmap --namespace seer --target us',
    )
    .runs<WriteOptions>(async (options, output) => {
      const { write } = await import('../write/write.js');
      await write(options, output);
    });
}
