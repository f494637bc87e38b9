/** `sentry-options usage`: what running processes have read, and what nobody needs. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ListOption, ValueOption } from '../terminal/options.js';

interface Options {
  readonly pid?: readonly string[];
  readonly socket?: readonly string[];
  readonly url?: readonly string[];
  readonly namespace?: string;
  readonly dir?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addUsageCommand(program: CliCommand): void {
  program
    .command('usage')
    .description(
      'Prints which options no running process has read, which flags none has evaluated, and which flags always said the same, ' +
        'with the lines to delete. Asks all processes that `ps` lists, unless some are named. Fails unless all answer.',
    )
    .addOption(new ListOption('pid', 'process of this machine, as `ps` lists it'))
    .addOption(new ListOption('socket', 'process that listens on this Unix socket'))
    .addOption(new ListOption('url', 'process that listens at this URL'))
    .addOption(new ValueOption('namespace', 'only the options of this namespace'))
    .addOption(
      new ValueOption('dir', 'base directory with the lines to delete (default: that of each process, if it is here)'),
    )
    .addOption(new FlagOption('all', 'also print the options and flags that are used'))
    .addOption(new FlagOption('json', 'print JSON, with all options and flags'))
    .example('sentry-options usage', 'sentry-options usage --url shop-1:9300 --url shop-2:9300 --dir sentry-options')
    .runs<Options>(async (options, output) => {
      const { pid = [], socket = [], url = [], namespace, dir, all = false, json = false } = options;
      const { reportUsage } = await import('../usage/report.js');
      await reportUsage(
        { pids: pid, sockets: socket, urls: url, namespace, directory: dir, showsAll: all, isJson: json },
        output,
      );
    });
}
