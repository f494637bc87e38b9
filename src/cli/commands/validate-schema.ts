/** `sentry-options validate-schema`: whether the schemas of a directory are valid. */

import type { CliCommand } from '../terminal/command.js';
import { makeSchemasOption } from './values-options.js';

interface Options {
  readonly schemas: string;
}

/** Adds the command to `program`. */
export function addValidateSchemaCommand(program: CliCommand): void {
  program
    .command('validate-schema')
    .description('Validates the schemas of a directory, and reports all issues.')
    .addOption(makeSchemasOption())
    .printsIssues()
    .example('sentry-options validate-schema --schemas sentry-options/schemas')
    .runs<Options>(async ({ schemas }, output) => {
      const [{ readSchemas }, { warnOfPlainFlags }] = await Promise.all([
        import('../schemas/read.js'),
        import('../schemas/probable-mistakes.js'),
      ]);
      const namespaces = readSchemas(schemas, output);
      warnOfPlainFlags(namespaces.values(), output);
      output.info('Schema validation successful', { schemas: namespaces.size });
    });
}
