/** `sentry-options eval`: whether a flag of a values file is on for a context. */
import type { CliCommand } from '../terminal/command.js';
import { ListOption, ValueOption } from '../terminal/options.js';

interface Options {
  readonly values: string;
  readonly flag: string;
  readonly context: string;
  readonly identityFields?: readonly string[];
}

/** The identity fields if none are given, as in the Rust command line. */
const IDENTITY_FIELDS = 'organization_id,project_id';

/** Adds the command to `program`. */
export function addEvalCommand(program: CliCommand): void {
  program
    .command('eval')
    .description(
      'Evaluates a feature flag of a values file for a context, without a schema. Prints true or false, and the segment ' +
        'that decided; on a terminal also why the other segments did not match, and the bucket.',
    )
    .addOption(
      new ValueOption('values', "YAML or JSON file with a mapping 'options' at its top level", { required: true }),
    )
    .addOption(new ValueOption('flag', "name of the flag, with or without 'feature.'", { required: true }))
    .addOption(new ValueOption('context', 'data of the context, a JSON object', { defaultValue: '{}' }))
    .addOption(
      new ListOption(
        'identity-fields',
        `properties that decide rollouts, separated by commas (default: ${IDENTITY_FIELDS})`,
      ),
    )
    .example(
      `sentry-options eval --values flagpole.yaml --flag new-ui --context '{"organization_id": 42}'`,
      `sentry-options eval --values option-values/seer/us/flags.yaml --flag new-ui \\\n` +
        `      --context '{"user_id": 7}' --identity-fields user_id`,
    )
    .runs<Options>(async ({ values, flag, context, identityFields = [IDENTITY_FIELDS] }, output) => {
      const { evaluateFlag } = await import('../inspect/evaluate.js');
      const question = { values, flag, context, identityFields: identityFields.flatMap((list) => list.split(',')) };
      await output.file(evaluateFlag(question, output));
    });
}
