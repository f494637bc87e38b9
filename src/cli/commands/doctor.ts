/** `sentry-options doctor`: what may keep a service from getting its options here. */
import { type CliCommand, FlagOption, ValueOption } from '../terminal/command.js';
import { BASE_DIRECTORY } from './directory-option.js';

interface Options {
  readonly dir?: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addDoctorCommand(program: CliCommand): void {
  program
    .command('doctor')
    .description(
      'Looks at directory, schemas, values, mounts and clock as a service on this machine has them, and says of each ' +
        'finding what to do. Exit code 1 where something keeps a service from starting.',
    )
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(new FlagOption('json', 'print JSON'))
    .example('sentry-options doctor', 'sentry-options doctor --json --quiet')
    .runs<Options>(async ({ dir, json = false }, output) => {
      const { examine, report, requireNoErrors } = await import('../inspect/doctor.js');
      const valueIssues = await examine(dir);
      await output.data(report(valueIssues, json));
      requireNoErrors(valueIssues);
    });
}
