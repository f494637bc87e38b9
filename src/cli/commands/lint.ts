/** `sentry-options lint`: valid values that are probably not what somebody meant. */

import type { CliCommand } from '../terminal/command.js';
import { CommandErrors, UsageError } from '../terminal/errors.js';
import { formatCount } from '../terminal/format.js';
import { FlagOption, ValueOption } from '../terminal/options.js';
import { makeRootOption, makeSchemasOption } from './values-options.js';

interface Options {
  readonly schemas: string;
  readonly root: string;
  readonly base?: string;
  readonly maxAge?: string;
  readonly format: string;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;

/** Adds the command to `program`. */
export function addLintCommand(program: CliCommand): void {
  program
    .command('lint')
    .description(
      'Finds valid values that are probably not what somebody meant: conditions that are always true or false, segments ' +
        'that are never reached, rollouts of 99 or 0, values equal to their default, old flags that say the same to ' +
        'everybody. Exits with 1 if there is a warning. A comment `# sentry-options-ignore CODE` suppresses a finding.',
    )
    .addOption(makeSchemasOption())
    .addOption(makeRootOption())
    .addOption(new ValueOption('base', 'directory with the values before, to find a created_at that changes'))
    .addOption(new ValueOption('max-age', 'find flags of this age that say the same to everybody, such as 90d'))
    .addOption(new FlagOption('json', 'print JSON'))
    .annotates()
    .example('sentry-options lint --schemas sentry-options/schemas --root option-values --max-age 90d')
    .runs<Options>(async ({ base, maxAge, format: _, json = false, ...options }, output) => {
      const days = maxAge === undefined ? undefined : /^(\d{1,5})d$/.exec(maxAge)?.[1];
      if (maxAge !== undefined && days === undefined) {
        throw new UsageError(`error: '--max-age <MAX_AGE>' must be a number of days, such as 90d; got '${maxAge}'`);
      }
      const [{ lint }, { formatFindings, formatLintJson }] = await Promise.all([
        import('../lint/lint.js'),
        import('../lint/format.js'),
      ]);
      const age = days === undefined ? undefined : Number(days) * DAY_MS;
      const result = lint({ ...options, base, maxAge: age, now: Date.now() }, output);
      await output.data(json ? formatLintJson(result) : formatFindings(result.findings));
      for (const { severity, code, message, ...place } of result.findings) {
        const level = severity === 'warning' ? 'warning' : 'notice';
        output.annotate(level, { ...place, message: `${place.namespace}/${place.key}: ${message} (${code})` });
      }
      const { findings, files, suppressed } = result;
      const warnings = findings.filter(({ severity }) => severity === 'warning').length;
      if (warnings > 0) throw new CommandErrors([], formatCount(warnings, 'warning'));
      output.info('Found nothing to warn of', { files, notes: findings.length, suppressed });
    });
}
