/** `sentry-options completion`: the script with which a shell completes commands and options. */

import type { CliCommand } from '../terminal/command.js';
import { SHELLS, type Shell } from '../terminal/completion.js';

/** Adds the command to `program`. Call it last but for the help: the script has the commands that are there by then. */
export function addCompletionCommand(program: CliCommand): void {
  const command = program
    .command('completion')
    .description(`Prints a script with which a shell completes commands, options and values: ${SHELLS.join(', ')}.`)
    .argument('<shell>')
    .example('sentry-options completion bash > ~/.local/share/bash-completion/completions/sentry-options')
    .runs<object>(async (_, output, [shell = '']) => {
      const known = SHELLS.find((each) => each === shell);
      if (known === undefined)
        command.error(`invalid value '${shell}' for '<shell>'\n  [possible values: ${SHELLS.join(', ')}]`);
      const { formatCompletion } = await import('../terminal/completion.js');
      await output.file(formatCompletion(known as Shell, program));
    });
}
