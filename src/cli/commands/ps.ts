/** `sentry-options ps`: the processes that can be asked. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption } from '../terminal/options.js';

interface Options {
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addPsCommand(program: CliCommand): void {
  program
    .command('ps')
    .description(
      'Lists the processes of this user that can be asked: those that started with SENTRY_OPTIONS_INSPECT=1.',
    )
    .addOption(new FlagOption('json', 'print JSON, with the whole status of each'))
    .example('sentry-options ps', 'sentry-options ps --json | jq .processes[].status.health')
    .runs<Options>(async ({ json = false }, output) => {
      const { listProcesses } = await import('../remote/ps.js');
      await listProcesses(json, output);
    });
}
