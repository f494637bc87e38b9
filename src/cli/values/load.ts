/** Loads the values of all namespaces and targets. Runs in the command line's main thread. */
import { escapeControlChars } from '../../common/text.js';
import { DEFAULT_LIMITS, describeExcess } from '../../files/values-limits.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { CommandError, CommandErrors, type FileError, type FilePlace } from '../terminal/errors.js';
import { formatLocation } from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import { membersToJson, type YamlNode } from '../yaml/node.js';
import { type ReadFile, readValuesFile } from './file.js';
import { describeIgnored, findIgnored } from './ignored.js';
import { warnOfLoneTargets } from './lone-targets.js';
import {
  DEFAULT_TARGET,
  describeOthers,
  findValues,
  isLinkedDirectory,
  nameLinkedDirectories,
  type ValuesFile,
} from './tree.js';

/** The values that a target sets, by option. */
export type TargetValues = ReadonlyMap<string, YamlNode>;

/** The values of a namespace's targets, by target. The target `default` is always one of them. */
export type NamespaceValues = ReadonlyMap<string, TargetValues>;

/** The values below a root, and how many files they come from. */
export interface LoadedValues {
  /** The values by namespace. */
  readonly values: ReadonlyMap<string, NamespaceValues>;
  readonly files: number;
}

/** How {@link loadTargetValues} treats a root. */
export interface RootSettings {
  /** The option of the command line that names the root, for messages. */
  readonly option?: string;
  /**
   * Whether the root is one side of a comparison: it may have no values, and nothing is said of what only a service
   * rejects.
   */
  readonly isSide?: boolean;
  /** Whether options that no schema declares, and what only a Node.js service rejects, are errors. */
  readonly isStrict?: boolean;
}

/**
 * Loads all values below `root`. Prints a warning for each option that no schema declares.
 *
 * @throws {CommandErrors} if any file has an issue; with the issues of all files
 * @throws {CommandError} if there is no file of values: a check that checked nothing must not pass. Not for a side of
 *   a comparison
 */
export function loadTargetValues(
  root: string,
  schemas: ReadonlyMap<string, NamespaceSchema>,
  output: Output,
  { option = '--root', isSide = false, isStrict = false }: RootSettings = {},
): LoadedValues {
  const { files, issues: misplaced, others, excused } = findValues(root, schemas, option);
  const messages = [...misplaced].map(([path, message]) => ({ path, message }));
  const targets = new Map<string, Map<string, ReadFile[]>>();
  for (const file of files) {
    const read = readValuesFile(file, schemas.get(file.namespace) as NamespaceSchema, output, {
      isForNode: !isSide,
      isStrict,
    });
    messages.push(...read.issues.map((message) => ({ path: file.path, message })));
    add(targets, file, read);
  }
  const ignored = isSide ? [] : findIgnored(others, root, schemas);
  messages.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const errors = [
    ...messages.map(({ path, message }) => ({ message, file: path })),
    ...listMissingDefaults(targets, root, excused, ignored),
    ...findDuplicates(targets),
  ];
  if (files.length > 0) warnOfIgnored(ignored, errors, output);
  if (errors.length > 0) throw new CommandErrors(errors);
  if (files.length === 0 && !isSide) {
    throw new CommandError(
      `${root} has no values; expected NAMESPACE/TARGET/FILE.yaml below it. ${describeOthers(others)}`,
    );
  }
  const values = new Map([...targets].map(([namespace, byTarget]) => [namespace, readValues(byTarget)]));
  nameLinkedDirectories(others, output);
  if (!isSide) {
    warnOfLoneTargets([...files, ...ignored], root, output);
    warnOfExcess(values, targets, output);
  }
  return { values, files: files.length };
}

/** Warns of files that were probably meant as values; not of those that an error is about. */
function warnOfIgnored(ignored: readonly ValuesFile[], errors: readonly FileError[], output: Output): void {
  for (const { path } of ignored) {
    if (!errors.some(({ file }) => file === path)) output.warn(describeIgnored(path), {}, [path]);
  }
}

/** Warns of values that a service rejects unless it is set otherwise. */
function warnOfExcess(
  values: ReadonlyMap<string, NamespaceValues>,
  files: ReadonlyMap<string, ReadonlyMap<string, readonly ReadFile[]>>,
  output: Output,
): void {
  for (const [namespace, byTarget] of values) {
    for (const target of byTarget.keys()) {
      const merged = mergeValues(byTarget, target);
      const bytes = Buffer.from(`{"options":${membersToJson(merged)}}`);
      const excess = describeExcess(bytes, DEFAULT_LIMITS);
      if (excess === undefined) continue;
      const [largest] = [...merged].reduce((a, b) => (b[1].size > a[1].size ? b : a));
      const [own, inherited] = [target, DEFAULT_TARGET].map((name) => files.get(namespace)?.get(name) ?? []);
      const owner = [...(own ?? []), ...(inherited ?? [])].find(({ options }) => options.has(largest));
      // In a small container, the setting does not raise the limit of the memory.
      const where = bytes.length > DEFAULT_LIMITS.fileBytes ? '' : ' in a container with enough memory';
      output.warn(
        `A Node.js service would reject the values of ${namespace}/${target}, unless it raises maxFileBytes${where}: ` +
          `values.json ${excess}. Its largest option is '${escapeControlChars(largest)}'`,
        {},
        owner === undefined ? [] : [owner.path],
      );
    }
  }
}

/** Returns the values that `target` is deployed with: those of `default`, overridden by those of the target. */
export function mergeValues(values: NamespaceValues, target: string): TargetValues {
  return new Map([...(values.get(DEFAULT_TARGET) ?? []), ...(values.get(target) ?? [])]);
}

function add(targets: Map<string, Map<string, ReadFile[]>>, { namespace, target }: ValuesFile, file: ReadFile): void {
  const byTarget = targets.get(namespace) ?? new Map<string, ReadFile[]>();
  targets.set(namespace, byTarget);
  const files = byTarget.get(target);
  if (files === undefined) byTarget.set(target, [file]);
  else files.push(file);
}

function listMissingDefaults(
  targets: ReadonlyMap<string, ReadonlyMap<string, readonly ReadFile[]>>,
  root: string,
  excused: ReadonlySet<string>,
  ignored: readonly ValuesFile[],
): FileError[] {
  return [...targets]
    .filter(([namespace, byTarget]) => !byTarget.has(DEFAULT_TARGET) && !excused.has(namespace))
    .map(([namespace, byTarget]) => {
      const [[file]] = [...byTarget.values()] as [[ReadFile]];
      const path = `${root.replace(/\/$/, '')}/${namespace}/${DEFAULT_TARGET}`;
      const meant = ignored.find((each) => each.namespace === namespace && each.target === DEFAULT_TARGET);
      if (meant !== undefined) {
        const message = `Namespace '${namespace}' is missing required '${DEFAULT_TARGET}' target: ${describeIgnored(meant.path)}`;
        return { message, file: meant.path };
      }
      const advice = isLinkedDirectory(path)
        ? `${path} is a link to a directory, which is not entered. Link each file instead`
        : `add ${path}/values.yaml, which may be as short as 'options: {}'`;
      const message = `Namespace '${namespace}' is missing required '${DEFAULT_TARGET}' target: ${advice}`;
      return { message, file: file.path };
    });
}

/** Finds options that two files of one target set. */
function findDuplicates(targets: ReadonlyMap<string, ReadonlyMap<string, readonly ReadFile[]>>): FileError[] {
  const errors: FileError[] = [];
  for (const byTarget of targets.values()) {
    for (const files of byTarget.values()) {
      const first = new Map<string, FilePlace>();
      for (const { path, options, locate } of files) {
        for (const name of options.keys()) {
          const other = first.get(name);
          const place = { file: path, ...locate(name) };
          if (other === undefined) first.set(name, place);
          else {
            const [a, b] = [formatLocation(other.file, other), formatLocation(path, place)];
            const message = `${escapeControlChars(`Duplicate key '${name}'`)} found in ${a} and ${b}; remove it from one of them`;
            errors.push({ message, file: path, places: [other, place] });
          }
        }
      }
    }
  }
  return errors;
}

function readValues(byTarget: ReadonlyMap<string, readonly ReadFile[]>): NamespaceValues {
  return new Map(
    [...byTarget].map(([target, files]) => [target, new Map(files.flatMap(({ options }) => [...options]))]),
  );
}
