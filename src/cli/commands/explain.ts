/** `sentry-options explain`: why a feature flag is on or off for a context. */
import { type CliCommand, FlagOption, ValueOption } from '../terminal/command.js';
import { BASE_DIRECTORY } from './directory-option.js';

interface Options {
  readonly context: string;
  readonly identity?: string;
  readonly dir?: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addExplainCommand(program: CliCommand): void {
  program
    .command('explain')
    .description('Prints whether a feature flag is on for a context, and why, segment by segment.')
    .argument('<namespace>')
    .argument('<flag>')
    .addOption(new ValueOption('context', 'data of the context, a JSON object', { defaultValue: '{}' }))
    .addOption(new ValueOption('identity', 'identity fields, separated by commas (default: all fields)'))
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(new FlagOption('json', 'print JSON'))
    .example(`sentry-options explain seer new-ui --context '{"organization_id": 42}' --identity organization_id`)
    .runs<Options>(async ({ context, identity, dir, json = false }, output, [namespace = '', flag = '']) => {
      const [{ withStore }, { explainFlag }] = await Promise.all([
        import('../inspect/store.js'),
        import('../inspect/explain.js'),
      ]);
      const question = { namespace, flag, context, identity };
      await output.data(await withStore(dir, output, (open) => explainFlag(open, question, json)));
    });
}
