/** `sentry-options impact`: who gains and who loses flags by a change of values. */
import type { CliCommand } from '../terminal/command.js';
import { CommandError, UsageError } from '../terminal/errors.js';
import { FlagOption, ListOption, ValueOption } from '../terminal/options.js';
import { makeBaseOption, makeHeadOption, makeSchemasOption } from './values-options.js';

interface Options {
  readonly schemas: string;
  readonly base: string;
  readonly head: string;
  readonly contexts: string;
  readonly identityFields?: readonly string[];
  readonly format: 'text' | 'markdown';
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addImpactCommand(program: CliCommand): void {
  program
    .command('impact')
    .description(
      'Evaluates the flags that a change of values changes, for each context of a file, before and after. Prints for how ' +
        'many each flag is on, and who gains and who loses it.',
    )
    .addOption(makeSchemasOption())
    .addOption(makeBaseOption())
    .addOption(makeHeadOption())
    .addOption(new ValueOption('contexts', 'file with a JSON object on each line; - is stdin', { required: true }))
    .addOption(
      new ListOption(
        'identity-fields',
        'properties that decide rollouts, separated by commas (default: all properties)',
      ),
    )
    .addOption(new ValueOption('format', 'format to print', { choices: ['text', 'markdown'], defaultValue: 'text' }))
    .addOption(new FlagOption('json', 'print JSON'))
    .example(
      'sentry-options impact --schemas sentry-options/schemas --base main/option-values --head option-values \\\n' +
        '      --contexts contexts.jsonl --identity-fields organization_id',
    )
    .runs<Options>(async ({ contexts: path, identityFields = [], format, json = false, ...roots }, output) => {
      if (json && format !== 'text') throw new UsageError("error: give '--json' or '--format', not both");
      const [{ loadRoots }, { readContexts }, { Impact }, formats, { BottomLine }] = await Promise.all([
        import('../inspect/diff-roots.js'),
        import('../preview/contexts.js'),
        import('../preview/impact.js'),
        import('../preview/format-impact.js'),
        import('../terminal/bottom-line.js'),
      ]);
      const { before, after, namespaces } = loadRoots(roots);
      const fields = identityFields.flatMap((list) => list.split(','));
      const impact = new Impact(before, after, namespaces, fields);
      const progress = new BottomLine(!output.isQuiet);
      let count = 0;
      try {
        for await (const contexts of readContexts(path)) {
          for (const context of contexts) impact.add(context);
          count += contexts.length;
          progress.draw(`${count} contexts evaluated`);
        }
      } finally {
        progress.clear();
      }
      if (count === 0) throw new CommandError(`${path} has no contexts`);
      const result = impact.result();
      for (const warning of impact.warnings) output.warn(warning);
      if (json) await output.data(formats.formatImpactJson(result));
      else if (format === 'markdown') await output.data(formats.formatImpactMarkdown(result));
      else if (result.flags.length > 0) await output.data(formats.formatImpact(result));
      output.info(result.flags.length === 0 ? 'No flag changes' : 'Evaluated all contexts', { contexts: count });
    });
}
