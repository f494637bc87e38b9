/** `sentry-options validate-schema-changes`: whether a change of schemas is one that running services survive. */
import { type CliCommand, FlagOption, ValueOption } from '../terminal/command.js';
import type { Output } from '../terminal/output.js';

interface Options {
  readonly baseSha: string;
  readonly headSha: string;
  readonly repo: string;
  readonly reportDeletions?: boolean;
}

/** Adds the command to `program`. */
export function addValidateSchemaChangesCommand(program: CliCommand): void {
  program
    .command('validate-schema-changes')
    .description('Compares the schemas of two commits, and refuses what running services would not survive.')
    .addOption(new ValueOption('base-sha', 'commit to compare from', { required: true }))
    .addOption(new ValueOption('head-sha', 'commit to compare to', { required: true }))
    .addOption(new ValueOption('repo', "repository's name, with which its namespaces' names begin", { required: true }))
    .addOption(new FlagOption('report-deletions', 'print the removed options, as check-option-usage takes them'))
    .example('sentry-options validate-schema-changes --base-sha "$BASE" --head-sha "$HEAD" --repo seer')
    .runs<Options>(validateSchemaChanges);
}

async function validateSchemaChanges(options: Options, output: Output): Promise<void> {
  const { fetchRevision, locateSchemas, readCommitted, resolveRevision } = await import('../schemas/committed.js');
  const { compareVersions } = await import('../schemas/compare.js');
  const { readVersions } = await import('../schemas/versions.js');
  const { CommandErrors } = await import('../terminal/errors.js');

  const names = [options.baseSha, options.headSha];
  for (const name of names) await fetchRevision(name);
  const revisions = await Promise.all(names.map(resolveRevision));
  const path = await locateSchemas(process.env.SENTRY_OPTIONS_DIR ?? 'sentry-options/schemas', revisions);
  const schemas = await Promise.all(revisions.map((revision) => readCommitted(revision, path)));
  const [base = new Map(), head = new Map()] = readVersions(schemas, output);

  const { changes, errors, deletions } = compareVersions(base, head, options.repo);
  if (changes.length === 0) output.info('No schema changes');
  for (const change of changes) output.info('Schema change detected', { change });
  if (errors.length > 0) {
    throw new CommandErrors([...errors, `Schema validation error: ${errors.length} validation error(s)`]);
  }
  if (options.reportDeletions) await output.data(`${deletions.join(' ')}\n`);
  output.info('Schema validation passed');
}
