/** `sentry-options threads`: the threads of a running process. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption } from '../terminal/options.js';
import { addRemoteOptions, type RemoteOptions, requireClient } from './remote-options.js';

interface Options extends RemoteOptions {
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addThreadsCommand(program: CliCommand): void {
  const command = program
    .command('threads')
    .description(
      'Prints the threads of a running process that hold the store: the generation that each has adopted, and whether its event loop turns.',
    );
  addRemoteOptions(command)
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options threads --pid 1234')
    .runs<Options>(async ({ json = false, ...remote }, output) => {
      const client = await requireClient(remote);
      const { describeThreads } = await import('../remote/threads.js');
      await output.data(await describeThreads(client, json));
    });
}
