/**
 * Builds the parser of `sentry-options`. Imports no code that does a command's work: a command loads it when it runs.
 * To add a command, add a file to `commands/`, call it here, and add a section to `docs/cli.md`.
 */
import manifest from '../../package.json' with { type: 'json' };
import { addBudgetCommand } from './commands/budget.js';
import { addCheckOptionUsageCommand } from './commands/check-option-usage.js';
import { addCheckVersionCommand } from './commands/check-version.js';
import { addCompletionCommand } from './commands/completion.js';
import { addDiffCommand } from './commands/diff.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addEditorSchemasCommand } from './commands/editor-schemas.js';
import { addEvalCommand } from './commands/eval.js';
import { addExplainCommand } from './commands/explain.js';
import { addFetchSchemasCommand } from './commands/fetch-schemas.js';
import { addGenerateTypesCommand } from './commands/generate-types.js';
import { addGetCommand } from './commands/get.js';
import { addHistoryCommand } from './commands/history.js';
import { addImpactCommand } from './commands/impact.js';
import { addLintCommand } from './commands/lint.js';
import { addOpenCommand } from './commands/open.js';
import { addPsCommand } from './commands/ps.js';
import { addRolloutStatusCommand } from './commands/rollout-status.js';
import { addRunCommand } from './commands/run.js';
import { addStatusCommand } from './commands/status.js';
import { addTestCommand } from './commands/test.js';
import { addThreadsCommand } from './commands/threads.js';
import { addUsageCommand } from './commands/usage.js';
import { addValidateSchemaCommand } from './commands/validate-schema.js';
import { addValidateSchemaChangesCommand } from './commands/validate-schema-changes.js';
import { addValidateValuesCommand } from './commands/validate-values.js';
import { addWatchCommand } from './commands/watch.js';
import { addWriteCommand } from './commands/write.js';
import { CliCommand } from './terminal/command.js';
import { writeTo } from './terminal/output.js';

/**
 * Creates a parser of the command line. Use it once: its options remember that they were given.
 *
 * @param writes gets a promise for each part of help that is written to stdout
 */
export function createProgram(writes: Promise<void>[] = []): CliCommand {
  const program = new CliCommand('sentry-options')
    .description(
      'Validates schemas and values of runtime options, builds ConfigMaps, and shows what a service would read.',
    )
    .version(`sentry-options ${manifest.version}`, '-V, --version', 'print version')
    // All commands inherit this, so it precedes them.
    .configureOutput({
      writeOut: (text) => void writes.push(writeTo(process.stdout, text)),
      writeErr: (text) => void writeTo(process.stderr, text).catch(() => {}),
    });
  addValidateSchemaCommand(program);
  addValidateValuesCommand(program);
  addWriteCommand(program);
  addValidateSchemaChangesCommand(program);
  addCheckOptionUsageCommand(program);
  addFetchSchemasCommand(program);
  addCheckVersionCommand(program);
  addGenerateTypesCommand(program);
  addEditorSchemasCommand(program);
  addPsCommand(program);
  addGetCommand(program);
  addStatusCommand(program);
  addEvalCommand(program);
  addExplainCommand(program);
  addHistoryCommand(program);
  addThreadsCommand(program);
  addUsageCommand(program);
  addWatchCommand(program);
  addOpenCommand(program);
  addRolloutStatusCommand(program);
  addDiffCommand(program);
  addLintCommand(program);
  addBudgetCommand(program);
  addImpactCommand(program);
  addTestCommand(program);
  addRunCommand(program);
  addDoctorCommand(program);
  addCompletionCommand(program);
  return program.addHelp();
}
