/** `sentry-options history`: the last reloads of a running process. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption } from '../terminal/options.js';
import { addRemoteOptions, type RemoteOptions, requireClient } from './remote-options.js';

interface Options extends RemoteOptions {
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addHistoryCommand(program: CliCommand): void {
  const command = program
    .command('history')
    .description(
      'Prints the last reloads of a running process, the newest first: each changed option with its old and new value, or why the files were rejected.',
    );
  addRemoteOptions(command)
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options history --pid 1234')
    .runs<Options>(async ({ json = false, ...remote }, output) => {
      const client = await requireClient(remote);
      const { describeHistory } = await import('../remote/history.js');
      await output.data(await describeHistory(client, json));
    });
}
