/** `sentry-options check-option-usage`: which of the options that a schema change removes are still set by values. */

import { type CliCommand, ValueOption } from '../terminal/command.js';
import { makeFormatOption } from './format-option.js';

interface Options {
  readonly deletions: string;
  readonly root: string;
}

/** Adds the command to `program`. */
export function addCheckOptionUsageCommand(program: CliCommand): void {
  program
    .command('check-option-usage')
    .description('Prints the given options that values still set, and that schemas must not remove yet.')
    .addOption(new ValueOption('deletions', 'NAMESPACE:OPTION, separated by spaces', { required: true }))
    .addOption(new ValueOption('root', 'directory with the values: NAMESPACE/TARGET/FILE.yaml', { required: true }))
    .addOption(makeFormatOption())
    .example("sentry-options check-option-usage --deletions 'seer:max-retries seer:hosts' --root option-values")
    .runs<Options>(async ({ deletions, root }, output) => {
      const { findUsedOptions } = await import('../values/option-usage.js');
      await output.data(`${findUsedOptions(deletions, root, output)}\n`);
    });
}
