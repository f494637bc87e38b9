/** `sentry-options run`: a program with the values that would be deployed. */

import type { RunOptions } from '../preview/run.js';
import type { CliCommand } from '../terminal/command.js';
import { ValueOption } from '../terminal/options.js';
import { makeRootOption, makeSchemasOption } from './values-options.js';

/** Adds the command to `program`. */
export function addRunCommand(program: CliCommand): void {
  program
    .command('run')
    .forms('[OPTIONS] --target <TARGET> -- <program> [arguments…]')
    .description(
      "Runs a program with the values that would be deployed to a target, such as a service's own tests. The program " +
        'finds them by SENTRY_OPTIONS_DIR. Ends with its exit code.',
    )
    .argument('<program...>')
    .addOption(makeSchemasOption('sentry-options/schemas'))
    .addOption(makeRootOption('option-values'))
    .addOption(
      new ValueOption('target', 'target; a namespace without it has the values of default', { required: true }),
    )
    .example('sentry-options run --target eu -- npm test')
    .runs<RunOptions>(async (options, output, words) => {
      const { runWith } = await import('../preview/run.js');
      await runWith(options, words, output);
    });
}
