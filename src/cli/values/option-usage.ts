/**
 * Finds the options that values files set, whether or not a schema declares them: a schema must not remove them yet.
 * Runs in the command line's main thread.
 */
import { extname } from 'node:path';
import { joinFirst } from '../../common/text.js';
import { MAX_ISSUES } from '../../schema/issues.js';
import { toPointer } from '../../schema/pointer.js';
import { CommandErrors } from '../terminal/errors.js';
import { formatJson } from '../terminal/format.js';
import { describeIssues, formatLocation } from '../terminal/format-issues.js';
import type { Output } from '../terminal/output.js';
import type { YamlIssue } from '../yaml/issue.js';
import { listFilesBelow } from './list-files.js';
import { readYamlFile } from './read-file.js';
import { describeOthers, nameLinkedDirectories } from './tree.js';

const SPACES = /\p{White_Space}+/u;

/** The result of {@link findUsedOptions}: `namespace:option`, in the order of the command line. */
export interface OptionUsage {
  readonly used: readonly string[];
  readonly unused: readonly string[];
}

/** Formats the result as JSON. */
export function formatUsageJson(usage: OptionUsage): string {
  return formatJson(usage);
}

/**
 * Finds out which of `words` any `.yaml` file or link below `root` sets. The first folder below `root` is the namespace.
 *
 * @param words `namespace:option`, separated by white space
 * @throws {CommandErrors} if a file cannot be read, a word has no colon, or none of the namespaces has values: their
 *   options would count as unused because nothing was read; lists all of them
 */
export function findUsedOptions(words: string, root: string, output: Output): OptionUsage {
  const used = new Set<string>();
  const namespaces = new Set<string>();
  const unreadable = new Map<string, string>();
  const others: string[] = [];
  const issues: string[] = [];
  let files = 0;
  for (const { path, relative } of listFilesBelow(root, { issues: unreadable, others })) {
    if (extname(path) !== '.yaml') {
      others.push(path);
      continue;
    }
    files++;
    const [namespace] = relative;
    if (namespace === undefined) {
      issues.push(`--root must be a directory with a folder for each namespace; got the file ${path}`);
      continue;
    }
    namespaces.add(namespace);
    for (const name of listOptions(path, issues)) used.add(`${namespace}:${name}`);
  }
  issues.push(...unreadable.values());
  const asked = words.split(SPACES).filter((word) => word !== '');
  for (const word of asked) {
    const issue = used.has(word) ? undefined : checkWord(word);
    if (issue !== undefined) issues.push(issue);
  }
  if (issues.length === 0 && files === 0 && asked.length > 0) {
    issues.push(`${root} has no values; expected files NAMESPACE/TARGET/FILE.yaml below it. ${describeOthers(others)}`);
  }
  const unknown = issues.length > 0 ? [] : listUnknown(asked, namespaces, root);
  // Where one of them is known, the root is right, and a namespace may have no values yet.
  if (unknown.length > 0 && !asked.some((word) => namespaces.has(toNamespace(word)))) issues.push(...unknown);
  if (issues.length > 0) throw new CommandErrors(issues);
  for (const message of unknown) output.warn(message);
  nameLinkedDirectories(others, output);
  output.info('Read values', { namespaces: namespaces.size, files });
  return { used: asked.filter((word) => used.has(word)), unused: asked.filter((word) => !used.has(word)) };
}

/** Returns what is wrong with a word of the deletions. */
function checkWord(word: string): string | undefined {
  if (!word.includes(':')) return `Invalid key format '${word}', expected 'namespace:option'`;
  const parts = word.split(',').filter((part) => part !== '');
  if (!word.includes(',') || !parts.every((part) => part.includes(':'))) return undefined;
  return `Invalid key format '${word}': separate the options by spaces, not by commas`;
}

/** Lists a message for each namespace of `asked` that has no folder. */
function listUnknown(asked: readonly string[], namespaces: ReadonlySet<string>, root: string): string[] {
  const unknown = new Set(asked.map(toNamespace).filter((name) => !namespaces.has(name)));
  const known = [...namespaces];
  const found = joinFirst(known.slice(0, MAX_NAMESPACES), known.length);
  return [...unknown].map(
    (name) =>
      `Unknown namespace '${name}' in --deletions: ${root} has values of ${found}. ` +
      'Correct --root or the name, unless the namespace has no values yet',
  );
}

function toNamespace(word: string): string {
  return word.slice(0, word.indexOf(':'));
}

/** The maximum number of namespaces that a message lists. */
const MAX_NAMESPACES = 10;

/** Returns the names of the options that the file sets; none, and adds issues, if the file may hide names. */
function listOptions(path: string, issues: string[]): readonly string[] {
  const yaml = readYamlFile(path);
  if ('issue' in yaml) {
    issues.push(yaml.issue);
    return [];
  }
  const isIncomplete = yaml.issues.length >= MAX_ISSUES;
  const blocking = yaml.issues.filter((issue) => isIncomplete || hidesNames(issue));
  if (blocking.length > 0) {
    const located = blocking.map(({ path: steps, message, offset }) => ({
      pointer: toPointer(steps.map(String)),
      message,
      position: yaml.positionOf(offset),
    }));
    issues.push(describeIssues(`YAML parse error in ${path}:`, path, located));
    return [];
  }
  const { root } = yaml;
  const options = root?.kind === 'map' ? root.members.get('options')?.value : undefined;
  if (options?.kind !== 'map') {
    const place = formatLocation(path, yaml.positionOf(options?.offset ?? 0));
    issues.push(`Invalid YAML structure in ${path}: expected the key 'options' with a mapping (${place})`);
    return [];
  }
  return [...options.members].filter(([, { keyType }]) => keyType === 'string').map(([name]) => name);
}

/**
 * Whether an issue may hide the name of an option: a syntax error, an unknown tag, or `<<`. An issue of an option's
 * value hides none, nor does a key within a value that is not a string.
 */
function hidesNames({ isValue, isKey, path }: YamlIssue): boolean {
  if (isKey) return path.length === 0;
  return !isValue || path.length === 0 || (path.length === 1 && path[0] === 'options');
}
