/** Finds files that were probably meant as values, and are not read. Runs in the command line's main thread. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { escapeControlChars } from '../../common/text.js';
import { MAX_FILE_BYTES, readWhole } from '../../files/read.js';
import { checkNamespaceName } from '../../schema/namespace-name.js';
import type { ValuesFile } from './tree.js';

/** Matches the key of the options, in YAML or JSON. */
const OPTIONS_KEY = /^[ \t{]{0,20}["']?options["']?[ \t]{0,20}:/m;

/**
 * Returns those of `others` that lie where values do, and look like values.
 *
 * @param others the paths below `root` of files that are not read
 */
export function findIgnored(
  others: readonly string[],
  root: string,
  namespaces: ReadonlyMap<string, unknown>,
): readonly ValuesFile[] {
  const start = root.replace(/\/$/, '').length + 1;
  return others.flatMap((path) => {
    const [namespace = '', target = '', name, ...rest] = path.slice(start).split('/');
    if (name === undefined || rest.length > 0 || !namespaces.has(namespace)) return [];
    if (checkNamespaceName(target) !== undefined || !looksLikeValues(path)) return [];
    return [{ path, namespace, target }];
  });
}

/** Returns the first file of a target that looks like values, and is not read; undefined if there is none. */
export function findIgnoredOf(root: string, namespace: string, target: string): string | undefined {
  const directory = `${root.replace(/\/$/, '')}/${namespace}/${target}`;
  if (!existsSync(directory)) return undefined;
  return readdirSync(directory)
    .sort()
    .map((name) => `${directory}/${name}`)
    .find(looksLikeValues);
}

/** Says what to do about a file that {@link findIgnored} returns. */
export function describeIgnored(path: string): string {
  const meant = `${basename(path, extname(path))}.yaml`;
  const isTaken = existsSync(`${dirname(path)}/${meant}`);
  const advice = isTaken ? `move its options to ${meant}, and remove it` : `rename it to ${meant}`;
  return escapeControlChars(`${path} is ignored, since its name does not end with .yaml: ${advice}`);
}

function looksLikeValues(path: string): boolean {
  const name = basename(path);
  const extension = extname(name);
  // Backups and hidden files of editors have options in them, too.
  if (name.startsWith('.') || extension === '.yaml' || extension === '.yml') return false;
  if (!['', '.json', '.yaml', '.yml'].includes(extension.toLowerCase())) return false;
  try {
    return statSync(path).isFile() && OPTIONS_KEY.test(Buffer.from(readWhole(path, MAX_FILE_BYTES).bytes).toString());
  } catch {
    // It cannot be read, so nothing is known about it.
    return false;
  }
}
