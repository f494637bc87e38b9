/** `sentry-options validate-values`: whether the values of a directory match their schemas. */

import type { CliCommand } from '../terminal/command.js';
import { FlagOption } from '../terminal/options.js';
import { STRICT } from './strict-option.js';
import { makeRootOption, makeSchemasOption } from './values-options.js';

interface Options {
  readonly schemas: string;
  readonly root: string;
  readonly strict?: boolean;
}

/** Adds the command to `program`. */
export function addValidateValuesCommand(program: CliCommand): void {
  program
    .command('validate-values')
    .description('Validates the values of a directory against their schemas, and reports all issues.')
    .addOption(makeSchemasOption())
    .addOption(makeRootOption())
    .addOption(new FlagOption(...STRICT))
    .printsIssues()
    .example('sentry-options validate-values --schemas sentry-options/schemas --root option-values')
    .runs<Options>(async ({ schemas, root, strict: isStrict = false }, output) => {
      const [{ readSchemas }, { loadTargetValues }] = await Promise.all([
        import('../schemas/read.js'),
        import('../values/load.js'),
      ]);
      const namespaces = readSchemas(schemas, output, isStrict);
      const { files } = loadTargetValues(root, namespaces, output, { isStrict });
      output.info('Values validation successful', { schemas: namespaces.size, files });
    });
}
