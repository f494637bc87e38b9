/** `sentry-options status`: the status of a new store. */
import { type CliCommand, FlagOption, ValueOption } from '../terminal/command.js';
import { BASE_DIRECTORY } from './directory-option.js';

interface Options {
  readonly dir?: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addStatusCommand(program: CliCommand): void {
  program
    .command('status')
    .description(
      'Prints the status() of a service that starts now on these files: hashes and age of the values, unknown names, ' +
        'mount warnings. It is not the status of a service that already runs.',
    )
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options status', 'sentry-options status --json | jq .namespaces.seer.valuesHash')
    .runs<Options>(async ({ dir, json = false }, output) => {
      const [{ withStore }, { formatStatus }, { formatJson }] = await Promise.all([
        import('../inspect/store.js'),
        import('sentry-options'),
        import('../terminal/format.js'),
      ]);
      const status = await withStore(dir, output, ({ store }) => store.status());
      await output.data(json ? formatJson(status) : `${formatStatus(status, Date.now())}\n`);
    });
}
