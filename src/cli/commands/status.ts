/** `sentry-options status`: the status of a running process, or of a new store. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import { BASE_DIRECTORY } from './directory-option.js';
import { addRemoteOptions, announceFiles, findClient, type RemoteOptions } from './remote-options.js';

interface Options extends RemoteOptions {
  readonly dir?: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addStatusCommand(program: CliCommand): void {
  const command = program
    .command('status')
    .description(
      'Prints the status() of a running process, or else of a service that starts now on these files: hashes and age ' +
        'of the values, unknown names, mount warnings.',
    );
  addRemoteOptions(command)
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options status --pid 1234', 'sentry-options status --json | jq .namespaces.seer.valuesHash')
    .runs<Options>(async ({ dir, json = false, ...remote }, output) => {
      const client = await findClient(remote, { dir });
      if (client !== undefined) {
        const { describeStatus } = await import('../remote/status.js');
        await output.data(await describeStatus(client, json));
        return;
      }
      announceFiles(output);
      const [{ withStore }, { formatStatus }, { formatJson }] = await Promise.all([
        import('../inspect/store.js'),
        import('sentry-options'),
        import('../terminal/format.js'),
      ]);
      const status = await withStore(dir, output, ({ store }) => store.status());
      await output.data(json ? formatJson(status) : `${formatStatus(status, Date.now())}\n`);
    });
}
