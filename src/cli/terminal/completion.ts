/** Writes the scripts with which shells complete commands, options and their values. Pure. */
import type { Option } from 'commander';
import type { CliCommand } from './command.js';

/** The shells that a script can be written for. */
export const SHELLS = ['bash', 'fish', 'zsh'] as const;

export type Shell = (typeof SHELLS)[number];

/** A command, as a script needs it. */
interface Described {
  readonly name: string;
  readonly description: string;
  readonly options: readonly DescribedOption[];
}

interface DescribedOption {
  /** With its dashes. */
  readonly name: string;
  readonly description: string;
  /** Whether a value follows. */
  readonly hasValue: boolean;
  /** The only allowed values; any value, such as a path, if there are none. */
  readonly choices: readonly string[];
}

const FORMATTERS: Readonly<Record<Shell, (name: string, commands: readonly Described[]) => string>> = {
  bash: formatBash,
  fish: formatFish,
  zsh: formatZsh,
};

/** Returns the script for `shell`, with all commands of `program`. */
export function formatCompletion(shell: Shell, program: CliCommand): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    description: firstSentence(command.description()),
    options: [...command.options.map(describe), HELP],
  }));
  return FORMATTERS[shell](program.name(), commands);
}

const HELP: DescribedOption = { name: '--help', description: 'print help', hasValue: false, choices: [] };

function describe({ long, description, required, argChoices = [] }: Option): DescribedOption {
  return { name: long ?? '', description, hasValue: required, choices: argChoices };
}

/** A shell shows one line. */
function firstSentence(text: string): string {
  return text.split(/(?<=\.)\s/, 1)[0] ?? '';
}

/** @see https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html */
function formatBash(program: string, commands: readonly Described[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const cases = commands.map(({ name, options }) => {
    const values = options.filter(({ hasValue }) => hasValue);
    const lines = values.map(({ name: option, choices }) =>
      // Without a list, the shell completes paths.
      choices.length === 0 ? `        ${option}) return ;;` : `        ${option}) words='${choices.join(' ')}' ;;`,
    );
    const all = options.map((option) => option.name).join(' ');
    return `    ${name})
      case $previous in
${[...lines, `        *) words='${all}' ;;`].join('\n')}
      esac
      ;;`;
  });
  return `# Completion of ${program} for bash: source this file, or write it to a file in
# ~/.local/share/bash-completion/completions/${program}
_sentry_options() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${names}' -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
    help) words='${names}' ;;
${cases.filter((_, index) => commands[index]?.name !== 'help').join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _sentry_options ${program}
`;
}

/** @see https://fishshell.com/docs/current/completions.html */
function formatFish(program: string, commands: readonly Described[]): string {
  const lines = commands.flatMap(({ name, description, options }) => [
    `complete -c ${program} -n __fish_use_subcommand -f -a ${name} -d ${quote(description)}`,
    ...options.map((option) => {
      const values = option.choices.length === 0 ? '-r' : `-x -a ${quote(option.choices.join(' '))}`;
      const after = `-n ${quote(`__fish_seen_subcommand_from ${name}`)} -l ${option.name.slice(2)}`;
      return `complete -c ${program} ${after}${option.hasValue ? ` ${values}` : ''} -d ${quote(option.description)}`;
    }),
  ]);
  const folder = '~/.config/fish/completions';
  return `# Completion of ${program} for fish: write this to ${folder}/${program}.fish\n${lines.join('\n')}\n`;
}

/** @see https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
function formatZsh(program: string, commands: readonly Described[]): string {
  const names = commands.map(
    ({ name, description }) => `    ${quote(`${name}:${description.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map(({ name, options }) => {
    const specs = options.map(({ name: option, description, hasValue, choices }) => {
      const text = description.replaceAll(/[[\]:\\]/g, '\\$&');
      const value = choices.length === 0 ? ':value:_files' : `:value:(${choices.join(' ')})`;
      return `        ${quote(`${option}[${text}]${hasValue ? value : ''}`)}`;
    });
    return `      ${name}) _arguments \\\n${[...specs, `        '*:argument:_files'`].join(' \\\n')} ;;`;
  });
  return `#compdef ${program}
# Completion of ${program} for zsh: write this to _${program} in a folder of $fpath
_sentry_options() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_${program}" ]; then _sentry_options "$@"; else compdef _sentry_options ${program}; fi
`;
}

/** Quotes a text for a shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
