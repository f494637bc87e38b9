/** Which options values files set, whatever their schemas say: to tell what may not be removed yet. Runs in the command line. */
import { extname } from 'node:path';
import { FileError, MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import { MAX_ISSUES } from '../../schema/issues.js';
import { toPointer } from '../../schema/pointer.js';
import { CommandErrors } from '../terminal/errors.js';
import { describeIssues, formatLocation } from '../terminal/format-issues.js';
import type { YamlIssue } from '../yaml/convert.js';
import { parseYaml } from '../yaml/parse.js';
import { listFilesBelow } from './tree.js';

const BLANKS = /\p{White_Space}+/u;

/**
 * Those of `words` (`namespace:option`, with blanks between them) that any `.yaml` file below `root` sets, in their
 * order, with a blank between them. The first folder below `root` is the namespace.
 *
 * @throws {CommandErrors} with all files that cannot be read, and all words that are no options
 */
export function findUsedOptions(words: string, root: string): string {
  const used = new Set<string>();
  const unreadable = new Map<string, string>();
  const issues: string[] = [];
  for (const { path, relative } of listFilesBelow(root, unreadable)) {
    if (extname(path) !== '.yaml') continue;
    const [namespace] = relative;
    if (namespace === undefined)
      issues.push(`${path} is a file; a directory with a folder for each namespace is needed`);
    else for (const name of listOptions(path, issues)) used.add(`${namespace}:${name}`);
  }
  issues.push(...unreadable.values());
  const asked = words.split(BLANKS).filter((word) => word !== '');
  for (const word of asked) {
    if (!word.includes(':')) issues.push(`Invalid key format '${word}', expected 'namespace:option'`);
  }
  if (issues.length > 0) throw new CommandErrors(issues);
  return asked.filter((word) => used.has(word)).join(' ');
}

/** The names that the file sets. */
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
  const isCut = yaml.issues.length >= MAX_ISSUES;
  const inTheWay = yaml.issues.filter((issue) => isCut || hidesNames(issue));
  if (inTheWay.length > 0) {
    const located = inTheWay.map(({ path: steps, message, offset }) => ({
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
    issues.push(`Invalid YAML structure in ${path}: expected the key 'options', and a mapping as its value (${place})`);
    return [];
  }
  return [...options.members].filter(([, { keyType }]) => keyType === 'text').map(([name]) => name);
}

/**
 * Whether a fault may hide the name of an option: a syntax error, a tag whose meaning is not known, `<<`. What is wrong
 * with an option's value does not, and a key further in that is no text names none.
 */
function hidesNames({ isValue, isKey, path }: YamlIssue): boolean {
  if (isKey) return path.length === 0;
  return !isValue || path.length === 0 || (path.length === 1 && path[0] === 'options');
}
