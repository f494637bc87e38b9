/** `sentry-options diff`: what differs between two sets of values. */
import { type CliCommand, FlagOption } from '../terminal/command.js';
import { CommandError } from '../terminal/errors.js';

interface Options {
  readonly json?: boolean;
  readonly exitCode?: boolean;
}

/** Adds the command to `program`. */
export function addDiffCommand(program: CliCommand): void {
  program
    .command('diff')
    .description(
      'Compares two sets of values option by option, and shows how the audience of each flag changes. A set is a ' +
        'base directory, a mounted ConfigMap, a target (with its defaults), a values.json, or the YAML or JSON of ' +
        'ConfigMaps, also from a pipe. - is stdin.',
    )
    .argument('<before>')
    .argument('<after>')
    .addOption(new FlagOption('json', 'print JSON'))
    .addOption(new FlagOption('exit-code', 'exit with 1 if an option differs'))
    .example(
      'sentry-options diff option-values/seer/default option-values/seer/de',
      'sentry-options diff /etc/sentry-options/values/seer sentry-options-seer.yaml',
      'kubectl get configmap sentry-options-seer -o json | sentry-options diff - sentry-options-seer.yaml',
    )
    .runs<Options>(async ({ json = false, exitCode = false }, output, [before = '', after = '']) => {
      if (before === '-' && after === '-') throw new CommandError('only one of the sets can be stdin (-)');
      const [{ readValueSet }, { align, compareValues, formatDifferencesJson, formatDifferences }] = await Promise.all([
        import('../inspect/sources.js'),
        import('../inspect/diff.js'),
      ]);
      const differences = compareValues(...align(readValueSet(before), readValueSet(after)));
      await output.data(json ? formatDifferencesJson(differences) : formatDifferences(differences));
      if (differences.length === 0) output.info('no option differs');
      else if (exitCode)
        throw new CommandError(differences.length === 1 ? '1 option differs' : `${differences.length} options differ`);
    });
}
