/** `sentry-options check-version`: whether services have the version of this library that the command line has. */
import type { CliCommand } from '../terminal/command.js';

/** Adds the command to `program`. */
export function addCheckVersionCommand(program: CliCommand): void {
  program
    .command('check-version')
    .description(
      'Checks that services have the version of sentry-options that this command line has: the one in node_modules, ' +
        'and the one in package-lock.json. DIRECTORY is the directory of a service (default: the current one).',
    )
    .argument('[directory...]')
    .printsIssues()
    .example('sentry-options check-version', 'sentry-options check-version services/shop services/cart')
    .runs(async (_, output, directories) => {
      const { checkVersion } = await import('../inspect/check-version.js');
      checkVersion(directories.length === 0 ? ['.'] : directories, output);
    });
}
