/** The command `sentry-options` and its commands, without what they do: that is loaded when one of them runs. */
import manifest from '../../package.json' with { type: 'json' };
import { addCheckOptionUsageCommand } from './commands/check-option-usage.js';
import { addDiffCommand } from './commands/diff.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addExplainCommand } from './commands/explain.js';
import { addFetchSchemasCommand } from './commands/fetch-schemas.js';
import { addGenerateTypesCommand } from './commands/generate-types.js';
import { addGetCommand } from './commands/get.js';
import { addStatusCommand } from './commands/status.js';
import { addValidateSchemaCommand } from './commands/validate-schema.js';
import { addValidateSchemaChangesCommand } from './commands/validate-schema-changes.js';
import { addValidateValuesCommand } from './commands/validate-values.js';
import { addWatchCommand } from './commands/watch.js';
import { addWriteCommand } from './commands/write.js';
import { CliCommand } from './terminal/command.js';

/** A parser of the command line, to be used once. */
export function createProgram(): CliCommand {
  const program = new CliCommand('sentry-options')
    .description('Checks schemas and values of runtime options, and makes of them what is deployed.')
    .version(`sentry-options ${manifest.version}`, '-V, --version', 'print version');
  addValidateSchemaCommand(program);
  addValidateValuesCommand(program);
  addWriteCommand(program);
  addValidateSchemaChangesCommand(program);
  addCheckOptionUsageCommand(program);
  addFetchSchemasCommand(program);
  addGenerateTypesCommand(program);
  addGetCommand(program);
  addStatusCommand(program);
  addExplainCommand(program);
  addDiffCommand(program);
  addWatchCommand(program);
  addDoctorCommand(program);
  return program.addHelp();
}
