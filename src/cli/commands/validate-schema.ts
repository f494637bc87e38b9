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
      const { readSchemas } = await import('../schemas/read.js');
      const { size } = readSchemas(schemas, output);
      output.info('Schema validation successful', { schemas: size });
    });
}
