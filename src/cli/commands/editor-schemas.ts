/** `sentry-options editor-schemas`: writes JSON schemas, with which editors check and complete values and schemas. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ValueOption } from '../terminal/options.js';

interface Options {
  readonly schemas?: string;
  readonly root?: string;
  readonly out: string;
  readonly check?: boolean;
}

/** Adds the command to `program`. */
export function addEditorSchemasCommand(program: CliCommand): void {
  program
    .command('editor-schemas')
    .description(
      'Writes JSON schemas for editors: one for the values of each namespace, and one for schema.json. An editor then ' +
        'completes and explains options, and underlines what validation rejects. Prints the settings of VS Code for them.',
    )
    .addOption(
      new ValueOption(
        'schemas',
        'directory with a folder for each namespace (default: the schemas of the base directory)',
      ),
    )
    .addOption(new ValueOption('root', 'directory with the values, for the printed settings (default: any)'))
    .addOption(new ValueOption('out', 'directory to write to', { required: true }))
    .addOption(new FlagOption('check', 'write and print nothing, and fail if a file is not up to date'))
    .example('sentry-options editor-schemas --root option-values --out .vscode/schemas > .vscode/settings.json')
    .runs<Options>(async ({ schemas, root, out, check = false }, output) => {
      const { writeEditorSchemas } = await import('../editor/editor-schemas.js');
      const { defaultSchemasDirectory } = await import('../schemas/default-directory.js');
      await writeEditorSchemas(schemas ?? defaultSchemasDirectory(), { out, root, isCheck: check, output });
    });
}
