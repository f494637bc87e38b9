/** `sentry-options explain`: why a feature flag is on or off for a context. */
import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import { BASE_DIRECTORY } from './directory-option.js';
import { addRemoteOptions, announceFiles, findClient, type RemoteOptions } from './remote-options.js';

interface Options extends RemoteOptions {
  readonly context: string;
  readonly identity?: string;
  readonly dir?: string;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addExplainCommand(program: CliCommand): void {
  const command = program
    .command('explain')
    .description('Prints whether a feature flag is on for a context, and why, segment by segment.')
    .argument('<namespace>')
    .argument('<flag>');
  addRemoteOptions(command)
    .addOption(new ValueOption('context', 'data of the context, a JSON object', { defaultValue: '{}' }))
    .addOption(new ValueOption('identity', 'identity fields, separated by commas (default: all fields)'))
    .addOption(new ValueOption(...BASE_DIRECTORY))
    .addOption(new FlagOption('json', 'print JSON'))
    .example(`sentry-options explain seer new-ui --context '{"organization_id": 42}' --identity organization_id`)
    .runs<Options>(async ({ context, identity, dir, json = false, ...remote }, output, [namespace = '', flag = '']) => {
      const question = { namespace, flag, context, identity };
      const client = await findClient(remote, { dir });
      if (client !== undefined) {
        const { explainLiveFlag } = await import('../remote/explain.js');
        await output.data(await explainLiveFlag(client, question, json, output));
        return;
      }
      announceFiles(output);
      const [{ withStore }, { explainFlag }] = await Promise.all([
        import('../inspect/store.js'),
        import('../inspect/explain.js'),
      ]);
      await output.data(await withStore(dir, output, (open) => explainFlag(open, question, json)));
    });
}
