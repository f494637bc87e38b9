/** `sentry-options test`: expectations of what values and flags are, for contexts. */
import type { CliCommand } from '../terminal/command.js';
import { CommandErrors } from '../terminal/errors.js';
import { ValueOption } from '../terminal/options.js';
import { makeSchemasOption } from './values-options.js';

interface Options {
  readonly schemas: string;
  readonly root: string;
  readonly format: 'text' | 'github' | 'json' | 'junit' | 'tap';
}

/** Adds the command to `program`. */
export function addTestCommand(program: CliCommand): void {
  program
    .command('test')
    .description(
      'Checks the expectations in *.test.yaml beside the values: what an option is in a target, and whether a flag is on ' +
        'for a context. Against the values that would be deployed.',
    )
    .addOption(makeSchemasOption())
    .addOption(new ValueOption('root', 'directory with the values, and NAMESPACE/FILE.test.yaml', { required: true }))
    .addOption(
      new ValueOption('format', 'format to print', {
        choices: ['text', 'github', 'json', 'junit', 'tap'],
        defaultValue: 'text',
      }),
    )
    .example('sentry-options test --schemas sentry-options/schemas --root option-values --format junit > report.xml')
    .runs<Options>(async ({ format, ...options }, output) => {
      const [{ checkExpectations }, formats] = await Promise.all([
        import('../expectations/check.js'),
        import('../expectations/format.js'),
      ]);
      const checked = checkExpectations(options, output);
      if (format === 'tap') await output.file(formats.formatTap(checked));
      else if (format === 'junit') await output.file(formats.formatJunit(checked));
      else if (format === 'json') await output.data(formats.formatTestJson(checked));
      else await output.data(formats.formatFailures(checked));
      const failed = checked.filter(({ failure }) => failure !== undefined);
      for (const one of failed)
        output.annotate('error', { ...one, message: `${one.name}: ${one.failure?.join('\n') ?? ''}` });
      if (failed.length > 0) {
        throw new CommandErrors([], `${failed.length} of ${checked.length} expectations failed`);
      }
      output.info('All expectations are met', { count: checked.length });
    });
}
