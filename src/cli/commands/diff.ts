/** `sentry-options diff`: what differs between two sets of values, or between two roots of values. */

import type { CliCommand } from '../terminal/command.js';
import { CommandError } from '../terminal/errors.js';
import { FlagOption, ListOption, ValueOption } from '../terminal/options.js';
import type { Output } from '../terminal/output.js';

interface Options {
  readonly schemas?: string;
  readonly base?: string;
  readonly head?: string;
  readonly excludeNamespace?: readonly string[];
  readonly json?: boolean;
  readonly exitCode?: boolean;
}

/** Adds the command to `program`. */
export function addDiffCommand(program: CliCommand): void {
  const required = [
    new ValueOption('schemas', 'roots: directory with a folder for each namespace'),
    new ValueOption('base', 'roots: directory with the values before: NAMESPACE/TARGET/FILE.yaml'),
    new ValueOption('head', 'roots: directory with the values after'),
  ];
  const exclude = new ListOption('exclude-namespace', 'roots: a namespace to leave out', 'EXCLUDE_NAMESPACES');
  const command = program
    .command('diff')
    .forms('[OPTIONS] <before> <after>', '[OPTIONS] --schemas <SCHEMAS> --base <BASE> --head <HEAD>')
    .description(
      'Compares two sets of values option by option, and shows how the audience of each flag changes. A set is a ' +
        'base directory, a mounted ConfigMap, a target (with its defaults), a values.json, or the YAML or JSON of ' +
        'ConfigMaps, also from a pipe. - is stdin.\n\n' +
        'With --schemas, --base and --head, compares two roots of values instead: for each target of the head, the ' +
        'values that reach it and their sources (target, default, schema-default, unset). Prints text on a terminal, ' +
        'and JSON otherwise, or with --json.',
    )
    .argument('[before]')
    .argument('[after]');
  for (const option of [...required, exclude]) command.addOption(option);
  command
    .addOption(new FlagOption('json', 'print JSON'))
    .addOption(new FlagOption('exit-code', 'exit with 1 if an option differs'))
    .example(
      'sentry-options diff option-values/seer/default option-values/seer/de',
      'sentry-options diff /etc/sentry-options/values/seer sentry-options-seer.yaml',
      'kubectl get configmap sentry-options-seer -o json | sentry-options diff - sentry-options-seer.yaml',
      'sentry-options diff --schemas sentry-options/schemas --base main/option-values --head option-values',
    )
    .runs<Options>(async (options, output, words) => {
      const given = [...required, exclude].filter(
        (option) => command.getOptionValue(option.attributeName()) !== undefined,
      );
      const [word] = words;
      if (given.length === 0 && word !== undefined) {
        if (words.length === 1) command.error("missing required argument 'after'");
        await diffSets(options, output, words);
        return;
      }
      if (word !== undefined) {
        const names = given.map(({ long }) => long).join(', ');
        command.error(`unexpected argument '${word}' found: give two sets of values, or ${names}, not both`);
      }
      command.requireOptions(required);
      await diffRoots(options, output);
    });
}

async function diffSets(
  { json = false, exitCode = false }: Options,
  output: Output,
  [before = '', after = '']: readonly string[],
): Promise<void> {
  if (before === '-' && after === '-') throw new CommandError('only one of the sets can be stdin (-)');
  const [{ readValueSet }, { align, compareValues, formatDifferencesJson, formatDifferences }] = await Promise.all([
    import('../inspect/sources.js'),
    import('../inspect/diff.js'),
  ]);
  const differences = compareValues(...align(readValueSet(before), readValueSet(after)));
  await output.data(json ? formatDifferencesJson(differences) : formatDifferences(differences));
  if (differences.length === 0) output.info('no option differs');
  else if (exitCode) {
    throw new CommandError(differences.length === 1 ? '1 option differs' : `${differences.length} options differ`);
  }
}

async function diffRoots(
  { schemas = '', base = '', head = '', excludeNamespace = [], json = false, exitCode = false }: Options,
  output: Output,
): Promise<void> {
  const [work, { formatRootsJson, formatRootsText }] = await Promise.all([
    import('../inspect/diff-roots.js'),
    import('../inspect/format-roots.js'),
  ]);
  const differences = work.diffRoots({ schemas, base, head, excluded: excludeNamespace });
  const isText = output.isTerminal && !json;
  await output.parts(isText ? formatRootsText(differences) : formatRootsJson(differences));
  const count = differences.changes.length + differences.removedTargets.length;
  // Only for a person: a program reads the JSON, which says so itself.
  if (count === 0 && isText) output.info('no option differs');
  if (count > 0 && exitCode) throw new CommandError(`the roots differ in ${count} ${count === 1 ? 'place' : 'places'}`);
}
