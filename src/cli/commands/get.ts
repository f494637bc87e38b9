/** `sentry-options get`: the values that a running process reads, or that a service would read. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import { BASE_DIRECTORY } from './directory-option.js';
import { addRemoteOptions, announceFiles, findClient, type RemoteOptions } from './remote-options.js';

interface Options extends RemoteOptions {
  readonly dir?: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addGetCommand(program: CliCommand): void {
  const command = program
    .command('get')
    .description(
      'Prints the options of a namespace as a running process reads them, or else a service that starts now: value, ' +
        'default, and the source of the value.',
    )
    .argument('<namespace>')
    .argument('[key]');
  addRemoteOptions(command)
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options get seer --pid 1234', 'sentry-options get seer max-retries --json')
    .runs<Options>(async ({ dir, json = false, ...remote }, output, [namespace = '', key]) => {
      const client = await findClient(remote, { dir });
      if (client !== undefined) {
        const { printLiveOptions } = await import('../remote/get.js');
        await printLiveOptions(client, namespace, key, json, output);
        return;
      }
      announceFiles(output);
      const [{ withStore }, { describeOptions }] = await Promise.all([
        import('../inspect/store.js'),
        import('../inspect/get.js'),
      ]);
      await output.data(await withStore(dir, output, (open) => describeOptions(open, namespace, key, json)));
    });
}
