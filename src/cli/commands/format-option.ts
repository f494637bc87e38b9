/** `--format`, the option of the commands whose messages a pull request can show. */
import { ValueOption } from '../terminal/command.js';

/** Makes the option. With `github`, `CliCommand.runs` prints each warning and error as an annotation, too. */
export function makeFormatOption(): ValueOption {
  const choices = ['text', 'github'];
  return new ValueOption('format', 'github: also print annotations for GitHub Actions', {
    choices,
    defaultValue: 'text',
  });
}
