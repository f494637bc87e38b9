/**
 * Lists the namespaces of a schemas directory, also of one that the kubelet mounts. Runs in the watcher, in tests and
 * in the command line.
 */
import { type Dirent, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { escapeControlChars, joinFirst, truncate } from '../common/text.js';
import { DATA_LINK, SCHEMA_FILE } from '../config/base-directory.js';
import { tryOperation, tryOptional } from '../files/file-error.js';

/** The maximum number of entries that a message lists. */
const ENTRIES_LISTED = 10;
/** The maximum length of a listed name or link target, in characters. */
const NAME_LENGTH = 100;

/** What a schemas directory contains. */
export interface NamespaceList {
  /** The names of the namespaces' directories, sorted. A name may be invalid. */
  readonly namespaces: readonly string[];
  /** All other entries, sorted by name, except for the kubelet's own. */
  readonly skipped: readonly SkippedEntry[];
}

/** An entry of a schemas directory that is not a namespace. */
export interface SkippedEntry {
  readonly name: string;
  /** What the entry is, as part of a sentence. */
  readonly reason: string;
  /** Whether it is a link that may be meant as a namespace. Other entries are files. */
  readonly isLink: boolean;
}

/**
 * Lists the namespaces in `directory`: its directories, and its links to directories in a mounted volume. The kubelet
 * mounts each directory of a projected volume as such a link (`seer` → `..data/seer`). No other link is followed.
 *
 * @param isSourceTree whether the directory is not a mount: a directory whose name begins with `..` is then listed,
 *   although no namespace may have that name, unless there is a link `..data`
 * @throws {FileError} if the directory cannot be read; `code` is the operating system's
 */
export function listNamespaces(directory: string, isSourceTree = false): NamespaceList {
  const entries = tryOperation(() => readdirSync(directory, { withFileTypes: true }));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const isMount = !isSourceTree || entries.some((entry) => entry.name === DATA_LINK && entry.isSymbolicLink());
  const namespaces: string[] = [];
  const skipped: SkippedEntry[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('..') && (isMount || !entry.isDirectory())) continue;
    const reason = checkEntry(directory, entry);
    if (reason === undefined) namespaces.push(entry.name);
    else skipped.push({ name: entry.name, reason, isLink: reason !== NOT_A_DIRECTORY });
  }
  return { namespaces, skipped };
}

const NOT_A_DIRECTORY = 'not a directory';

/** Returns why an entry is not a namespace; undefined if it is one. */
function checkEntry(directory: string, entry: Dirent): string | undefined {
  if (entry.isDirectory()) return undefined;
  if (!entry.isSymbolicLink()) return NOT_A_DIRECTORY;
  const path = join(directory, entry.name);
  const target = tryOperation(() => readlinkSync(path));
  const link = `a symbolic link to ${truncate(target, NAME_LENGTH)}`;
  const stat = tryOptional(() => statSync(path));
  if (stat === undefined) return `${link}, which does not exist or is not accessible`;
  if (!stat.isDirectory()) return NOT_A_DIRECTORY;
  // Both: a target such as `..data/../../elsewhere` begins with `..data`, and leaves the volume.
  const isInside = tryOperation(() => realpathSync(path).startsWith(realpathSync(directory) + sep));
  if (target.startsWith(`${DATA_LINK}/`) && isInside) return undefined;
  return `${link}; only links through \`${DATA_LINK}\` to a directory of the same volume are followed`;
}

/** Returns a sentence about the links that were skipped; undefined if there are none. */
export function describeSkippedLinks(directory: string, { skipped }: NamespaceList): string | undefined {
  const links = skipped.filter(({ isLink }) => isLink);
  return links.length === 0 ? undefined : `No schema is read from links in ${directory}: ${listEntries(links)}.`;
}

/** Returns a sentence that says that there is no namespace, and what there is instead: no `list` if it is a setting. */
export function describeNoNamespaces(directory: string, list: NamespaceList | undefined): string {
  if (list === undefined) return 'No namespace has a schema: the setting `schemas` is empty.';
  const { skipped } = list;
  const found = skipped.length === 0 ? 'it has no entries' : `it contains ${listEntries(skipped)}`;
  return (
    `No namespace has a schema: ${directory} must have a directory for each namespace, with a ${SCHEMA_FILE}; ` +
    `${found}.`
  );
}

function listEntries(entries: readonly SkippedEntry[]): string {
  const listed = entries.slice(0, ENTRIES_LISTED);
  const texts = listed.map(({ name, reason }) => `${JSON.stringify(truncate(name, NAME_LENGTH))} (${reason})`);
  return escapeControlChars(joinFirst(texts, entries.length));
}
