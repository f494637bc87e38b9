/** An option that may be given several times. */
import { Option } from 'commander';

/** An option with a list of values: `--url A --url B`. Its value is an array; undefined if it is not given. */
export class ListOption extends Option {
  /**
   * @param name without the dashes
   * @param description for the help: a phrase in lower case, without a period
   */
  constructor(name: string, description: string) {
    super(`--${name} <${name.toUpperCase().replaceAll('-', '_')}>`, `${description}; may be given several times`);
    this.argParser<readonly string[]>((value, previous = []) => [...previous, value]);
  }
}
