/** `sentry-options watch`: the current values and each change. */
import type { CliCommand } from '../terminal/command.js';
import { UsageError } from '../terminal/errors.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import { BASE_DIRECTORY } from './directory-option.js';
import { addRemoteOptions, announceFiles, findClient, type RemoteOptions } from './remote-options.js';

interface Options extends RemoteOptions {
  readonly dir?: string;
  readonly interval?: string;
  readonly json?: boolean;
}

/** Milliseconds. */
const DEFAULT_INTERVAL = 1_000;
const MIN_INTERVAL = 10;
const MAX_INTERVAL = 3_600_000;

/** Adds the command to `program`. */
export function addWatchCommand(program: CliCommand): void {
  const command = program
    .command('watch')
    .description('Shows the current values and each reload: its changes and delay if it is accepted, else its error.')
    .argument('[namespace]');
  addRemoteOptions(command)
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(
      new ValueOption('interval', `milliseconds between two polls of the files (default: ${DEFAULT_INTERVAL})`),
    )
    .addOption(new FlagOption('json', 'print one JSON object for each event, a line each'))
    .example('sentry-options watch --pid 1234', 'sentry-options watch seer | tee changes.log')
    .runs<Options>(async ({ dir: directory, interval: text, json = false, ...remote }, output, [namespace]) => {
      const client = await findClient(remote, { dir: directory, interval: text });
      if (client !== undefined) {
        const { watchProcess } = await import('../remote/watch.js');
        await watchProcess({ client, namespace, isJson: json }, output);
        return;
      }
      const interval = text === undefined ? DEFAULT_INTERVAL : Number(text);
      if (!(interval >= MIN_INTERVAL && interval <= MAX_INTERVAL)) {
        throw new UsageError(
          `error: '--interval <INTERVAL>' must be from ${MIN_INTERVAL} to ${MAX_INTERVAL} milliseconds; got '${text}'`,
        );
      }
      announceFiles(output);
      const { watch } = await import('../inspect/watch.js');
      await watch({ directory, namespace, interval, isJson: json }, output);
    });
}
