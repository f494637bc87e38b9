/** `sentry-options open`: the page of a running process, in a browser. */
import type { CliCommand } from '../terminal/command.js';
import { UsageError } from '../terminal/errors.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import { addRemoteOptions, type RemoteOptions, requireClient } from './remote-options.js';

interface Options extends RemoteOptions {
  readonly port: string;
  readonly json?: boolean;
}

const MAX_PORT = 65_535;

/** Adds the command to `program`. */
export function addOpenCommand(program: CliCommand): void {
  const command = program
    .command('open')
    .description(
      'Serves the page of a running process on a port of this machine, and prints its address. Ends with Ctrl-C.',
    );
  addRemoteOptions(command)
    .addOption(new ValueOption('port', 'port on 127.0.0.1; 0 for any', { defaultValue: '0' }))
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options open --pid 1234')
    .runs<Options>(async ({ port: text, json = false, ...remote }, output) => {
      const port = Number(text);
      if (!(/^\d+$/.test(text) && port <= MAX_PORT)) {
        throw new UsageError(`error: '--port <PORT>' must be from 0 to ${MAX_PORT}; got '${text}'`);
      }
      const client = await requireClient(remote);
      const { servePage } = await import('../remote/open.js');
      await servePage({ client, port, isJson: json }, output);
    });
}
