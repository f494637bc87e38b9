/** `sentry-options generate-types`: TypeScript declarations of the options that schemas declare. */
import { type CliCommand, FlagOption, ValueOption } from '../terminal/command.js';
import { UsageError } from '../terminal/errors.js';

interface Options {
  readonly schemas?: string;
  readonly out?: string;
  readonly check?: boolean;
}

/** Adds the command to `program`. */
export function addGenerateTypesCommand(program: CliCommand): void {
  program
    .command('generate-types')
    .description('Writes TypeScript declarations of the options, so that the compiler knows keys and types.')
    .addOption(
      new ValueOption(
        'schemas',
        'directory with a folder for each namespace; by default the one that a service would use here',
      ),
    )
    .addOption(new ValueOption('out', 'file to write; stdout by default'))
    .addOption(new FlagOption('check', 'write nothing, and fail where --out is not up to date'))
    .example('sentry-options generate-types --schemas sentry-options/schemas --out src/options.d.ts')
    .runs<Options>(async ({ schemas, out, check = false }, output) => {
      if (check && out === undefined) {
        throw new UsageError(
          "error: '--check' needs a file to look at:\n  --out <OUT>\n\nFor more information, try '--help'.",
        );
      }
      const { generateTypes } = await import('../schemas/generate-types.js');
      const { defaultSchemasDirectory } = await import('../schemas/default-directory.js');
      await generateTypes(schemas ?? defaultSchemasDirectory(), { out, isCheck: check, output });
    });
}
