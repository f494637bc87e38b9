/** `sentry-options check-option-usage`: which of the options that a schema change removes are still set by values. */

import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import { makeRootOption } from './values-options.js';

interface Options {
  readonly deletions: string;
  readonly root: string;
  readonly exitCode?: boolean;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addCheckOptionUsageCommand(program: CliCommand): void {
  program
    .command('check-option-usage')
    .description('Prints the given options that values still set, and that schemas must not remove yet.')
    .addOption(new ValueOption('deletions', 'NAMESPACE:OPTION, separated by spaces', { required: true }))
    .addOption(makeRootOption())
    .annotates()
    .addOption(new FlagOption('json', 'print JSON'))
    .addOption(new FlagOption('exit-code', 'exit with 1 if values set any of the options'))
    .example("sentry-options check-option-usage --deletions 'seer:max-retries seer:hosts' --root option-values")
    .runs<Options>(async ({ deletions, root, exitCode = false, json = false }, output) => {
      const [{ findUsedOptions, formatUsageJson }, { CommandError }] = await Promise.all([
        import('../values/option-usage.js'),
        import('../terminal/errors.js'),
      ]);
      const usage = findUsedOptions(deletions, root, output);
      const words = usage.used.join(' ');
      await output.data(json ? formatUsageJson(usage) : `${words}\n`);
      if (exitCode && words !== '') {
        throw new CommandError(
          `Values below ${root} still set ${words}. Remove these values first, and the options later`,
        );
      }
    });
}
