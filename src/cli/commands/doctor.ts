/** `sentry-options doctor`: what may keep a service on this machine from reading its options. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import { BASE_DIRECTORY } from './directory-option.js';
import { findClient, type RemoteOptions } from './remote-options.js';

interface Options extends Pick<RemoteOptions, 'pid'> {
  readonly dir?: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addDoctorCommand(program: CliCommand): void {
  program
    .command('doctor')
    .description(
      'Checks Node.js, base directory, schemas, values, mounts and clock as a service on this machine finds them, ' +
        'and prints what to do about each issue. Exits with 1 if an issue keeps a service from starting.',
    )
    .addOption(new ValueOption('pid', 'check the directory of the running process with this id, as `ps` lists it'))
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options doctor', 'sentry-options doctor --pid 1234', 'sentry-options doctor --json --quiet')
    .runs<Options>(async ({ dir, json = false, ...remote }, output) => {
      const client = await findClient(remote, { dir });
      const { status } = (await client?.status()) ?? {};
      const { examine, report, requireNoErrors } = await import('../inspect/doctor.js');
      const checks = await examine(dir, status);
      await output.data(report(checks, json));
      requireNoErrors(checks);
    });
}
