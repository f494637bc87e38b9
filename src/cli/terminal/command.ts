/**
 * The parser of the command line: commander, made as strict as clap, which the Rust client's command line uses. It
 * rejects an option that is given twice and a value that looks like an option, and reports all missing options at once.
 */
import { Command, type ErrorOptions, type Option, type ParseOptionsResult } from 'commander';
import { CommandError, CommandErrors, UsageError } from './errors.js';
import { formatIssuesJson } from './issues.js';
import { FlagOption, OptionError, ValueOption } from './options.js';
import { Output } from './output.js';
import { similarNames } from './suggest.js';

const UNKNOWN_COMMAND = 'commander.unknownCommand';
const UNKNOWN_OPTION = 'commander.unknownOption';
/** An unknown option behind the program that a command runs. */
const OPTION_OF_PROGRAM = 'optionOfProgram';
/** An option has a value that it cannot have, or is given twice. */
const WRONG_VALUE = 'wrongValue';
const EXCESS = 'commander.excessArguments';
const HELP = ['-h', '--help'];

/**
 * The work of a command. `options` has the options by their names in camel case; `words` are the positional arguments.
 */
type CommandAction<Options> = (options: Options, output: Output, words: readonly string[]) => Promise<void> | void;

/** A command, or the program that holds the commands. */
export class CliCommand extends Command {
  #forms: readonly string[] = [''];
  #printsIssues = false;

  constructor(name?: string) {
    super(name);
    this.helpOption(HELP.join(', '), 'print help')
      .helpCommand(false)
      .addOption(new FlagOption('quiet', 'print only warnings and errors'))
      .enablePositionalOptions()
      .showSuggestionAfterError(false)
      .exitOverride()
      .configureHelp({ commandUsage: (command) => (command as CliCommand).formatUsage(), sortSubcommands: false });
  }

  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  /** Adds examples to the command's help. */
  example(...lines: readonly string[]): this {
    const title = lines.length === 1 ? 'Example' : 'Examples';
    return this.addHelpText('after', `\n${title}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
  }

  /** Sets the forms of the command's arguments, which its usage lists. Without this call, it lists those declared. */
  forms(...forms: readonly string[]): this {
    this.#forms = forms;
    return this;
  }

  /** Returns the usage, a line for each form. */
  formatUsage(): string {
    return this.#forms.map((form) => formatUsage(this, form)).join('\n       ');
  }

  /** Sets the command's work. It runs after all required options were found. */
  runs<Options extends object>(action: CommandAction<Options>): this {
    return this.action(async () => {
      this.#checkRequired();
      const {
        quiet = false,
        format,
        json,
      } = this.optsWithGlobals<{ quiet?: boolean; format?: string; json?: boolean }>();
      const output = new Output({ isQuiet: quiet, isAnnotated: format === 'github' });
      try {
        await action(this.opts<Options>(), output, this.args);
      } catch (error) {
        if (error instanceof CommandErrors) for (const each of error.errors) output.report('error', each);
        else if (error instanceof CommandError) output.report('error', error.message);
        throw error;
      } finally {
        if (this.#printsIssues && json === true) await output.data(formatIssuesJson(output.issues));
      }
    });
  }

  /** Adds `--format`: with `github`, each warning and error is an annotation on a pull request, too. */
  annotates(): this {
    const choices = ['text', 'github'];
    const description = 'github: also print annotations for GitHub Actions';
    return this.addOption(new ValueOption('format', description, { choices, defaultValue: 'text' }));
  }

  /** Adds `--format`, and `--json`, which prints the warnings and errors of the command. */
  printsIssues(): this {
    this.#printsIssues = true;
    return this.annotates().addOption(new FlagOption('json', 'print all warnings and errors as JSON'));
  }

  override parseOptions(args: string[]): ParseOptionsResult {
    this.#checkValues(args);
    try {
      const result = super.parseOptions(args);
      const [unknown] = result.unknown;
      // Even if --help is given as well.
      const isOurs = result.operands.length === 0 || this.commands.length === 0;
      if (isOurs && unknown !== undefined && !HELP.includes(unknown)) {
        const isOfProgram = result.operands.length > 0 && this.#runsProgram;
        this.error(`unexpected argument '${unknown}' found`, {
          code: isOfProgram ? OPTION_OF_PROGRAM : UNKNOWN_OPTION,
        });
      }
      return result;
    } catch (error) {
      if (error instanceof OptionError) this.error(error.message, { code: WRONG_VALUE });
      throw error;
    }
  }

  override error(message: string, { code }: ErrorOptions = {}): never {
    const excess = code === EXCESS ? this.args.slice(this.registeredArguments.length) : [];
    const what = code === EXCESS ? `unexpected argument '${excess[0]}' found` : message.replace(/^error: /, '');
    const tip = code === EXCESS ? this.#adviseOnWords(excess) : this.#formatTip(code, /'([^'=]+)/.exec(what)?.[1]);
    const help = "For more information, try '--help'.";
    throw new UsageError(`error: ${what}\n${tip}\nUsage: ${this.formatUsage()}\n\n${help}`);
  }

  /** Adds the command `help`. Call it last, so that the help lists `help` last. */
  addHelp(): this {
    this.command('help')
      .description('Prints the help of the program or of one command.')
      .argument('[command]')
      .action((name?: string) => {
        const command = name === undefined ? this : this.commands.find((candidate) => candidate.name() === name);
        if (command === undefined) this.error(`unknown command '${name}'`, { code: UNKNOWN_COMMAND });
        command.help();
      });
    return this;
  }

  #checkRequired(): void {
    this.requireOptions(listRequiredOptions(this));
  }

  /** Rejects the command line if one of `options` is not given. */
  requireOptions(options: readonly Option[]): void {
    const given = this.opts<Record<string, unknown>>();
    const missing = options.filter((option) => given[option.attributeName()] === undefined);
    if (missing.length === 0) return;
    const list = missing.map(({ flags }) => `  ${flags}`).join('\n');
    this.error(`the following required arguments were not provided:\n${list}`);
  }

  /** Rejects `--schemas --quiet`, which commander would parse as the value `--quiet` of `--schemas`. */
  #checkValues(args: readonly string[]): void {
    for (const [index, argument] of args.entries()) {
      if (argument === '--' || this.commands.some((command) => command.name() === argument)) return;
      const option = this.options.find(
        ({ long, short, required }) => required && (long === argument || short === argument),
      );
      const value = args[index + 1];
      if (option !== undefined && value !== undefined && /^-./.test(value)) {
        this.error(
          `a value is required for '${option.flags}' but none was supplied; ` +
            `if '${value}' is the value, write '${option.long}=${value}'`,
        );
      }
    }
  }

  #formatTip(code: string | undefined, name: string | undefined): string {
    if (name === undefined) return '';
    if (code === UNKNOWN_COMMAND) {
      const names = similarNames(
        name,
        this.commands.map((command) => command.name()),
      );
      return formatTip('subcommand', names);
    }
    if (code === OPTION_OF_PROGRAM) return `\n  tip: to pass '${name}' to the program, put '--' before the program\n`;
    if (code === WRONG_VALUE) return this.#adviseOnChoice(name);
    if (code !== UNKNOWN_OPTION) return '';
    const longs = [...this.options.map(({ long }) => long ?? ''), '--help'].map((long) => long.slice(2));
    if (!name.startsWith('--')) {
      const initial = name.slice(1);
      const meant = initial.length === 1 ? longs.filter((long) => long.startsWith(initial)) : [];
      return formatTip(
        'argument',
        meant.map((long) => `--${long}`),
      );
    }
    const [nearest] = similarNames(name.slice(2), longs);
    const choice = this.#adviseOnChoice(name.slice(2));
    if (choice !== '' || nearest === undefined) return choice || this.#adviseOnProgram(name);
    return formatTip('argument', [`--${nearest}`]);
  }

  /** Says which option has the choice `name`. */
  #adviseOnChoice(name: string): string {
    const option = this.options.find(({ argChoices }) => argChoices?.includes(name));
    return option === undefined ? '' : `\n  tip: write '${option.long} ${name}'\n`;
  }

  /** Says where an option of the program that the command runs belongs. */
  #adviseOnProgram(name: string): string {
    if (!this.#runsProgram) return '';
    return `\n  tip: to pass '${name}' to the program, write it after the program: '-- <program> ${name}'\n`;
  }

  get #runsProgram(): boolean {
    return this.#forms.some((form) => form.includes(' -- '));
  }

  /** Says which required options the words are probably the values of. */
  #adviseOnWords(words: readonly string[]): string {
    const given = this.opts<Record<string, unknown>>();
    const missing = listRequiredOptions(this).filter((option) => given[option.attributeName()] === undefined);
    if (missing.length !== words.length) return '';
    return `\n  tip: write '${missing.map(({ long }, index) => `${long} ${words[index]}`).join(' ')}'\n`;
  }
}

function formatTip(kind: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const list = names.map((name) => `'${name}'`).join(', ');
  return names.length === 1
    ? `\n  tip: a similar ${kind} exists: ${list}\n`
    : `\n  tip: some similar ${kind}s exist: ${list}\n`;
}

/** @example formatUsage(write, '') // 'sentry-options write --schemas <SCHEMAS> [OPTIONS]' */
function formatUsage(command: CliCommand, form: string): string {
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name());
  if (form !== '') return [...names, form].join(' ');
  const required = listRequiredOptions(command).map(({ flags }) => flags);
  const words = command.registeredArguments.map((argument) => {
    const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
    return argument.variadic ? `${name}...` : name;
  });
  const subcommand = command.commands.length > 0 ? ['<COMMAND>'] : [];
  return [...names, ...required, '[OPTIONS]', ...subcommand, ...words].join(' ');
}

function listRequiredOptions(command: Command): ValueOption[] {
  return command.options.filter((option) => option instanceof ValueOption).filter(({ isRequired }) => isRequired);
}
