/**
 * Finds the options that values files set, whether or not a schema declares them: a schema must not remove them yet.
 * Runs in the command line's main thread.
 */
import { extname } from 'node:path';
import { FileError } from '../../files/file-error.js';
import { MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import { MAX_ISSUES } from '../../schema/issues.js';
import { toPointer } from '../../schema/pointer.js';
import { CommandErrors } from '../terminal/errors.js';
import { describeIssues, formatLocation } from '../terminal/format-issues.js';
import type { YamlIssue } from '../yaml/convert.js';
import { parseYaml } from '../yaml/parse.js';
import { listFilesBelow } from './tree.js';

const SPACES = /\p{White_Space}+/u;

/**
 * Returns those of `words` that any `.yaml` file below `root` sets, in their order, separated by spaces. The first
 * folder below `root` is the namespace.
 *
 * @param words `namespace:option`, separated by white space
 * @throws {CommandErrors} if a file cannot be read, or a word has no colon; lists all of them
 */
export function findUsedOptions(words: string, root: string): string {
  const used = new Set<string>();
  const unreadable = new Map<string, string>();
  const issues: string[] = [];
  for (const { path, relative } of listFilesBelow(root, unreadable)) {
    if (extname(path) !== '.yaml') continue;
    const [namespace] = relative;
    if (namespace === undefined)
      issues.push(`--root must be a directory with a folder for each namespace; got the file ${path}`);
    else for (const name of listOptions(path, issues)) used.add(`${namespace}:${name}`);
  }
  issues.push(...unreadable.values());
  const asked = words.split(SPACES).filter((word) => word !== '');
  for (const word of asked) {
    if (!word.includes(':')) issues.push(`Invalid key format '${word}', expected 'namespace:option'`);
  }
  if (issues.length > 0) throw new CommandErrors(issues);
  return asked.filter((word) => used.has(word)).join(' ');
}

/** Returns the names of the options that the file sets; none, and adds issues, if the file may hide names. */
function listOptions(path: string, issues: string[]): readonly string[] {
  let bytes: Uint8Array;
  try {
    bytes = readWhole(path, MAX_FILE_BYTES).bytes;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    issues.push(`${path} ${error.message}`);
    return [];
  }
  const yaml = parseYaml(bytes);
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
