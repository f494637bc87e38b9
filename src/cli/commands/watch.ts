/** `sentry-options watch`: the current values and each change. */
import { type CliCommand, FlagOption, ValueOption } from '../terminal/command.js';
import { UsageError } from '../terminal/errors.js';
import { BASE_DIRECTORY } from './directory-option.js';

interface Options {
  readonly dir?: string;
  readonly interval: string;
  readonly json?: boolean;
}

/** Milliseconds. */
const DEFAULT_INTERVAL = 1_000;
const MIN_INTERVAL = 10;
const MAX_INTERVAL = 3_600_000;

/** Adds the command to `program`. */
export function addWatchCommand(program: CliCommand): void {
  program
    .command('watch')
    .description('Shows the current values and each reload: its changes and delay if it is accepted, else its error.')
    .argument('[namespace]')
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(
      new ValueOption('interval', 'milliseconds between two polls', {
        defaultValue: String(DEFAULT_INTERVAL),
      }),
    )
    .addOption(new FlagOption('json', 'print one JSON object for each event, a line each'))
    .example('sentry-options watch', 'sentry-options watch seer | tee changes.log')
    .runs<Options>(async ({ dir: directory, interval: text, json = false }, output, [namespace]) => {
      const interval = Number(text);
      if (!(interval >= MIN_INTERVAL && interval <= MAX_INTERVAL)) {
        throw new UsageError(
          `error: '--interval <INTERVAL>' must be from ${MIN_INTERVAL} to ${MAX_INTERVAL} milliseconds; got '${text}'`,
        );
      }
      const { watch } = await import('../inspect/watch.js');
      await watch({ directory, namespace, interval, isJson: json }, output);
    });
}
