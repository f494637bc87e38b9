/** `sentry-options get`: the values that a service reads. */
import { type CliCommand, FlagOption, ValueOption } from '../terminal/command.js';
import { BASE_DIRECTORY } from './directory-option.js';

interface Options {
  readonly dir?: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addGetCommand(program: CliCommand): void {
  program
    .command('get')
    .description(
      'Prints the options of a namespace as a service reads them: value, default, and the source of the value.',
    )
    .argument('<namespace>')
    .argument('[key]')
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options get seer', 'sentry-options get seer max-retries --json')
    .runs<Options>(async ({ dir, json = false }, output, [namespace = '', key]) => {
      const [{ withStore }, { describeOptions }] = await Promise.all([
        import('../inspect/store.js'),
        import('../inspect/get.js'),
      ]);
      await output.data(await withStore(dir, output, (open) => describeOptions(open, namespace, key, json)));
    });
}
