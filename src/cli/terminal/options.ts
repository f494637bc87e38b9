/** The options of commands, as strict as clap's: one that is given twice is an error. Pure. */
import { Option } from 'commander';

/** The settings of a {@link ValueOption}. */
interface ValueOptionSettings {
  /** Whether the command requires the option. */
  readonly required?: boolean;
  /** The only allowed values; any value if undefined. */
  readonly choices?: readonly string[];
  /** The value if the option is not given. */
  readonly defaultValue?: string;
  /** A second name, of one letter. */
  readonly letter?: string;
}

/** An option with one value: `--output-format <OUTPUT_FORMAT>`. Each parser needs its own instance. */
export class ValueOption extends Option {
  readonly isRequired: boolean;

  /**
   * @param name without the dashes
   * @param description for the help: a phrase in lower case, without a period
   */
  constructor(name: string, description: string, settings: ValueOptionSettings = {}) {
    const { required = false, choices, defaultValue, letter } = settings;
    super(`${letter === undefined ? '' : `-${letter}, `}--${name} <${toPlaceholder(name)}>`, description);
    this.isRequired = required;
    if (choices !== undefined) this.choices(choices);
    if (defaultValue !== undefined) this.default(defaultValue, defaultValue);
    const parse = (value: string): string => {
      if (choices === undefined || choices.includes(value)) return value;
      throw new OptionError(`invalid value '${value}' for '${this.flags}'\n  [possible values: ${choices.join(', ')}]`);
    };
    this.argParser(once(this.flags, parse));
  }
}

/**
 * An option with a value that may be given several times: `--pid 1 --pid 2`. Its value is an array; undefined if it is
 * not given. Each parser needs its own instance.
 */
export class ListOption extends Option {
  /**
   * @param description as of a {@link ValueOption}
   * @param placeholder the name of the value in the help, by default that of the option
   */
  constructor(name: string, description: string, placeholder = toPlaceholder(name)) {
    super(`--${name} <${placeholder}>`, `${description}; may be given several times`);
    this.argParser<readonly string[]>((value, earlier = []) => [...earlier, value]);
  }
}

/** An option without a value: `--check`. Each parser needs its own instance. */
export class FlagOption extends Option {
  constructor(name: string, description: string) {
    super(`--${name}`, description);
    this.argParser(once(this.flags, () => true));
  }
}

/** @example toPlaceholder('commit-sha') // 'COMMIT_SHA' */
function toPlaceholder(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** An issue with an option. The option does not know its command, which prints the issue. */
export class OptionError extends Error {}

/** Returns `parse`, but throws on the second call. */
function once<T>(flags: string, parse: (value: string) => T): (value: string) => T {
  let isGiven = false;
  return (value) => {
    if (isGiven) throw new OptionError(`the argument '${flags}' cannot be used multiple times`);
    isGiven = true;
    return parse(value);
  };
}
