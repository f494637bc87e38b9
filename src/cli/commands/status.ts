/** `sentry-options status`: the state of a store on the files as they are now. */
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
      'Prints what a service that starts now would say of its options: hashes and age of the values, unknown names, ' +
        'mounts. What a running service says is its own status().',
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
