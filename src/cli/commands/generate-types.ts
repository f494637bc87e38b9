/** `sentry-options generate-types`: writes TypeScript declarations of the options that schemas declare. */
import type { CliCommand } from '../terminal/command.js';
import { UsageError } from '../terminal/errors.js';
import { FlagOption, ValueOption } from '../terminal/options.js';

interface Options {
  readonly schemas?: string;
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addGenerateTypesCommand(program: CliCommand): void {
  program
    .command('generate-types')
    .description('Writes TypeScript declarations of the options, so that the compiler checks keys and types.')
    .addOption(
      new ValueOption(
        'schemas',
        'directory with a folder for each namespace (default: the schemas of the base directory)',
      ),
    )
    .addOption(new ValueOption('out', 'file to write (default: stdout)'))
    .addOption(new FlagOption('check', 'write nothing, and fail if --out is not up to date'))
    .printsIssues()
    .example('sentry-options generate-types --schemas sentry-options/schemas --out src/options.d.ts')
    .runs<Options>(async ({ schemas, out, check = false, json = false }, output) => {
      if ((check || json) && out === undefined) {
        const what = check ? "'--check' requires the file to compare with" : "'--json' requires the file to write";
        throw new UsageError(`error: ${what}:\n  --out <OUT>\n\nFor more information, try '--help'.`);
      }
      const { generateTypes } = await import('../schemas/generate-types.js');
      const { defaultSchemasDirectory } = await import('../schemas/default-directory.js');
      await generateTypes(schemas ?? defaultSchemasDirectory(), { out, isCheck: check, output });
    });
}
