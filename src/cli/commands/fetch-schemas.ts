/** `sentry-options fetch-schemas`: the schemas of many repositories in one directory. */
import { type CliCommand, ValueOption } from '../terminal/command.js';

interface Options {
  readonly config: string;
  readonly out: string;
}

/** Adds the command to `program`. */
export function addFetchSchemasCommand(program: CliCommand): void {
  program
    .command('fetch-schemas')
    .description('Copies the schemas of many repositories, at their newest commits, to one directory.')
    .addOption(new ValueOption('config', 'file that lists the repositories', { required: true }))
    .addOption(new ValueOption('out', 'directory to make, and to copy the schemas to', { required: true }))
    .example('sentry-options fetch-schemas --config repos.json --out schemas')
    .runs<Options>(async ({ config, out }, output) => {
      const { fetchSchemas } = await import('../fetch/fetch-schemas.js');
      await fetchSchemas(config, out, output);
    });
}
