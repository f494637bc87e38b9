/** `sentry-options check-option-usage`: which of the options that a change of schemas removes are still set. */
import { type CliCommand, ValueOption } from '../terminal/command.js';

interface Options {
  readonly deletions: string;
  readonly root: string;
}

/** Adds the command to `program`. */
export function addCheckOptionUsageCommand(program: CliCommand): void {
  program
    .command('check-option-usage')
    .description('Prints those of the options that values still set: they may not be removed yet.')
    .addOption(new ValueOption('deletions', 'options, NAMESPACE:OPTION, with blanks between them', { required: true }))
    .addOption(new ValueOption('root', 'directory with the values: NAMESPACE/TARGET/FILE.yaml', { required: true }))
    .example("sentry-options check-option-usage --deletions 'seer:max-retries seer:hosts' --root option-values")
    .runs<Options>(async ({ deletions, root }, output) => {
      const { findUsedOptions } = await import('../values/option-usage.js');
      await output.data(`${findUsedOptions(deletions, root)}\n`);
    });
}
