/** `sentry-options fetch-schemas`: copies the schemas of many repositories into one directory. */
import type { CliCommand } from '../terminal/command.js';
import { ValueOption } from '../terminal/options.js';

interface Options {
  readonly config: string;
  readonly out: string;
}

/** The form of the file, for the help. */
const CONFIG = `
CONFIG, in JSON:
  {"repos": {NAME: {"url": URL, "path": DIRECTORY, "sha"?: SHA}}}
  NAME       what messages call the repository
  URL        https://…, ssh://…, user@host:path, file://… or a path
  DIRECTORY  the schemas directory in the repository, with a folder for each namespace
  SHA        ignored: the newest commit counts

  {"repos": {"shop": {"url": "https://git.example.com/shop.git", "path": "sentry-options/schemas"}}}`;

/** Adds the command to `program`. */
export function addFetchSchemasCommand(program: CliCommand): void {
  program
    .command('fetch-schemas')
    .description('Copies the schemas of many repositories, at their newest commits, into one directory.')
    .addOption(new ValueOption('config', 'file that lists the repositories, as JSON', { required: true }))
    .addOption(new ValueOption('out', 'directory to create and to copy the schemas to', { required: true }))
    .printsIssues()
    .addHelpText('after', CONFIG)
    .example('sentry-options fetch-schemas --config repos.json --out schemas')
    .runs<Options>(async ({ config, out }, output) => {
      const { fetchSchemas } = await import('../fetch/fetch-schemas.js');
      await fetchSchemas(config, out, output);
    });
}
