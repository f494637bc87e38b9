/** `sentry-options fetch-schemas`: copies the schemas of many repositories into one directory. */
import { type CliCommand, ValueOption } from '../terminal/command.js';

interface Options {
  readonly config: string;
  readonly out: string;
}

/** Adds the command to `program`. */
export function addFetchSchemasCommand(program: CliCommand): void {
  program
    .command('fetch-schemas')
    .description('Copies the schemas of many repositories, at their newest commits, into one directory.')
    .addOption(new ValueOption('config', 'file that lists the repositories', { required: true }))
    .addOption(new ValueOption('out', 'directory to create and to copy the schemas to', { required: true }))
    .example('sentry-options fetch-schemas --config repos.json --out schemas')
    .runs<Options>(async ({ config, out }, output) => {
      const { fetchSchemas } = await import('../fetch/fetch-schemas.js');
      await fetchSchemas(config, out, output);
    });
}
