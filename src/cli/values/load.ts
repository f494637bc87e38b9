/** The values of all namespaces and targets. */
import { escapeControlChars } from '../../common/text.js';
import type { NamespaceSchema } from '../../schema/namespace-schema.js';
import { CommandErrors } from '../terminal/errors.js';
import type { Output } from '../terminal/output.js';
import type { YamlNode } from '../yaml/node.js';
import { type ReadFile, readValuesFile } from './file.js';
import { findValues, type ValuesFile } from './tree.js';

/** What a target sets, by the options' names. */
export type TargetValues = ReadonlyMap<string, YamlNode>;

/** What the targets of a namespace set, by their names: `default` among them. */
export type NamespaceValues = ReadonlyMap<string, TargetValues>;

/** The target that all others of its namespace begin with. */
export const DEFAULT_TARGET = 'default';

/**
 * All values below `root`, by namespace. Tells of options that no schema declares.
 *
 * @throws {CommandErrors} with all that is wrong with any of them
 */
export function loadTargetValues(
  root: string,
  schemas: ReadonlyMap<string, NamespaceSchema>,
  output: Output,
): ReadonlyMap<string, NamespaceValues> {
  const { files, issues: misplaced } = findValues(root, schemas);
  const messages = [...misplaced].map(([path, message]) => ({ path, message }));
  const targets = new Map<string, Map<string, ReadFile[]>>();
  for (const file of files) {
    const read = readValuesFile(file, schemas.get(file.namespace) as NamespaceSchema, output);
    messages.push(...read.issues.map((message) => ({ path: file.path, message })));
    add(targets, file, read);
  }
  messages.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const wrong = [
    ...messages.map(({ message }) => message),
    ...listMissingDefaults(targets),
    ...findDuplicates(targets),
  ];
  if (wrong.length > 0) throw new CommandErrors(wrong);
  return new Map([...targets].map(([namespace, byTarget]) => [namespace, readValues(byTarget)]));
}

/** What the target `target` is deployed with: what `default` sets, and in its place what the target itself sets. */
export function mergeValues(values: NamespaceValues, target: string): TargetValues {
  return new Map([...(values.get(DEFAULT_TARGET) ?? []), ...(values.get(target) ?? [])]);
}

function add(targets: Map<string, Map<string, ReadFile[]>>, { namespace, target }: ValuesFile, file: ReadFile): void {
  const byTarget = targets.get(namespace) ?? new Map<string, ReadFile[]>();
  targets.set(namespace, byTarget);
  byTarget.set(target, [...(byTarget.get(target) ?? []), file]);
}

function listMissingDefaults(targets: ReadonlyMap<string, ReadonlyMap<string, unknown>>): string[] {
  return [...targets]
    .filter(([, byTarget]) => !byTarget.has(DEFAULT_TARGET))
    .map(([namespace]) => `Namespace '${namespace}' is missing required '${DEFAULT_TARGET}' target`);
}

/** Options that two files of one target set. */
function findDuplicates(targets: ReadonlyMap<string, ReadonlyMap<string, readonly ReadFile[]>>): string[] {
  const messages: string[] = [];
  for (const byTarget of targets.values()) {
    for (const files of byTarget.values()) {
      const first = new Map<string, string>();
      for (const { path, options } of files) {
        for (const name of options.keys()) {
          const other = first.get(name);
          if (other === undefined) first.set(name, path);
          else messages.push(escapeControlChars(`Duplicate key '${name}' found in ${other} and ${path}`));
        }
      }
    }
  }
  return messages;
}

function readValues(byTarget: ReadonlyMap<string, readonly ReadFile[]>): NamespaceValues {
  return new Map(
    [...byTarget].map(([target, files]) => [target, new Map(files.flatMap(({ options }) => [...options]))]),
  );
}
