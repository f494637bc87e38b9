/** `sentry-options budget`: rejects a change of values that looks like a mistake. */

import type { CliCommand } from '../terminal/command.js';
import { CommandError, CommandErrors } from '../terminal/errors.js';
import { FlagOption, ListOption } from '../terminal/options.js';
import { makeBaseOption, makeHeadOption, makeSchemasOption } from './values-options.js';

interface Options {
  readonly schemas: string;
  readonly base: string;
  readonly head: string;
  readonly allow?: readonly string[];
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addBudgetCommand(program: CliCommand): void {
  program
    .command('budget')
    .description(
      'Rejects a change of values that looks like a mistake. As a running service doubts a reload: a namespace that ' +
        'sets nothing any more, more than half of the options unset, more than half of the flags that are on for ' +
        'everybody turned off. Besides, a target without values of its own any more, an option that becomes about twice as ' +
        'large (by 1 KiB or more), and the values of another target.',
    )
    .addOption(makeSchemasOption())
    .addOption(makeBaseOption())
    .addOption(makeHeadOption())
    .addOption(new ListOption('allow', 'NAMESPACE or NAMESPACE/TARGET whose change is meant'))
    .addOption(new FlagOption('json', 'print JSON'))
    .annotates()
    .example('sentry-options budget --schemas sentry-options/schemas --base main/option-values --head option-values')
    .runs<Options>(async ({ schemas, base, head, allow = [], json = false }, output) => {
      const [
        { loadRoots },
        { describeChange, findSuspiciousChanges, findUnknownPlace, formatBudgetJson },
        { findFileOf },
        { describeIgnored, findIgnoredOf },
      ] = await Promise.all([
        import('../inspect/diff-roots.js'),
        import('../preview/budget.js'),
        import('../values/tree.js'),
        import('../values/ignored.js'),
      ]);
      const { before, after, namespaces } = loadRoots({ schemas, base, head });
      const unknown = findUnknownPlace(allow, before, after);
      if (unknown !== undefined) {
        throw new CommandError(
          `--allow ${unknown}: there is no such namespace or target; pass NAMESPACE or NAMESPACE/TARGET`,
        );
      }
      const budget = findSuspiciousChanges(before, after, namespaces, allow);
      if (json) await output.data(formatBudgetJson(budget));
      const rejected = budget.changes.filter(({ isAllowed }) => !isAllowed);
      for (const change of budget.changes) {
        if (change.isAllowed) output.warn(`${describeChange(change)}; allowed by --allow`);
      }
      if (rejected.length > 0) {
        throw new CommandErrors(
          rejected.map((change) => {
            const { namespace, target, movedTo, reasons } = change;
            const isLess = reasons.some(({ code }) => code === 'guard' || code === 'emptied');
            const ignored = isLess ? findIgnoredOf(head, namespace, target) : undefined;
            if (ignored !== undefined) {
              return { message: `${describeChange(change)}. ${describeIgnored(ignored)}`, file: ignored };
            }
            const message = `${describeChange(change)}. If that is meant, pass --allow ${namespace}/${target}`;
            const file = findFileOf(head, namespace, movedTo ?? target);
            return file === undefined ? message : { message, file };
          }),
        );
      }
      const message = budget.changes.length === 0 ? 'No change is suspicious' : 'Each suspicious change is allowed';
      output.info(message, { compared: budget.compared });
    });
}
