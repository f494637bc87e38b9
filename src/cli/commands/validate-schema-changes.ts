/** `sentry-options validate-schema-changes`: whether running services survive a schema change. */

import type { CliCommand } from '../terminal/command.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import type { Output } from '../terminal/output.js';

interface Options {
  readonly baseSha: string;
  readonly headSha: string;
  readonly repo: string;
  readonly reportDeletions?: boolean;
}

/** The schemas directory, unless SENTRY_OPTIONS_DIR names another one; both are the rule of the Rust command line. */
const DEFAULT_DIRECTORY = 'sentry-options/schemas';

/** Adds the command to `program`. */
export function addValidateSchemaChangesCommand(program: CliCommand): void {
  program
    .command('validate-schema-changes')
    .description(
      'Compares the committed schemas of two commits, and rejects changes that break running services. Reads ' +
        `SENTRY_OPTIONS_DIR, else ${DEFAULT_DIRECTORY}. In this command, SENTRY_OPTIONS_DIR is the schemas directory ` +
        'itself; in all others it is the base directory, which holds `schemas`.',
    )
    .addOption(new ValueOption('base-sha', 'commit to compare from', { required: true }))
    .addOption(new ValueOption('head-sha', 'commit to compare to', { required: true }))
    .addOption(
      new ValueOption(
        'repo',
        'name of the repository, also as OWNER/NAME, or of its services, separated by commas; the names of its ' +
          'namespaces begin with one of these',
        { required: true },
      ),
    )
    .addOption(new FlagOption('report-deletions', 'print the removed options as the --deletions of check-option-usage'))
    .printsIssues()
    .example('sentry-options validate-schema-changes --base-sha "$BASE" --head-sha "$HEAD" --repo seer')
    .runs<Options>(validateSchemaChanges);
}

/** @example toName('acme/shop') // 'shop'; also of an URL */
function toName(repo: string): string {
  let end = repo.length;
  while (repo[end - 1] === '/') end--;
  const path = repo.slice(0, end).replace(/\.git$/, '');
  return /[^/:]*$/.exec(path)?.[0] || repo;
}

async function validateSchemaChanges(options: Options, output: Output): Promise<void> {
  const { readRevisions } = await import('../schemas/revisions.js');
  const { checkChanges } = await import('../schemas/check-changes.js');
  const { CommandErrors } = await import('../terminal/errors.js');

  const { SENTRY_OPTIONS_DIR: directory = DEFAULT_DIRECTORY } = process.env;
  const { versions, deadline, limits } = await readRevisions([options.baseSha, options.headSha], directory, output);
  const names = options.repo.split(',').map(toName);
  const { warnings, changes, errors, deletions, uncompared } = await checkChanges(versions, names, deadline, limits);
  for (const warning of warnings) output.warn(warning);
  if (changes.length === 0 && uncompared.length === 0) output.info('No schema changes');
  else if (changes.length === 0) {
    output.info(
      'Nothing that is compared has changed: the names, types, shapes and defaults of options. Descriptions, for example, are not compared',
      {
        namespaces: uncompared.join(' '),
      },
    );
  }
  for (const change of changes) output.info('Schema change detected', { change });
  if (errors.length > 0) {
    throw new CommandErrors(errors, `Schema validation error: ${errors.length} validation error(s)`);
  }
  if (options.reportDeletions) await output.data(`${deletions.join(' ')}\n`);
  output.info('Schema validation passed');
}
