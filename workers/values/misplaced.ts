/**
 * Finds values files that lie where the watcher does not read: a mistake in a manifest, which leaves a namespace on its
 * defaults for ever. Runs in the watcher thread. Looks only around namespaces without a file, and opens no file.
 */
import { lstatSync, opendirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { similarNames } from '../../src/common/similar-names.js';
import { formatText, joinFirst } from '../../src/common/text.js';
import { VALUES_FILE, valuesDirectory, valuesFile } from '../../src/config/base-directory.js';
import { tryOptional } from '../../src/files/file-error.js';
import { readDataLink } from './volume.js';

/** How many entries of one directory are read: it may hold millions. */
const ENTRIES_READ = 1_000;
/** How many namespaces without a file are looked for, and how many other directories are compared with their names. */
const NAMES_COMPARED = 100;
/** How many names a message lists. */
const NAMES_LISTED = 3;
/** What may be values in a directory that is no volume, which may hold other files as well. */
const DATA_FILE = /\.(?:json|ya?ml)$/i;

/**
 * Lists what is found, one sentence for each cause, with the line of the manifest that is right.
 *
 * @throws {FileError} if the system cannot read a directory, which says nothing about its content
 */
export function findMisplaced(base: string, namespaces: readonly string[]): readonly string[] {
  const missing = namespaces.filter((namespace) => !isThere(valuesFile(base, namespace))).slice(0, NAMES_COMPARED);
  if (missing.length === 0) return [];
  return [
    ...findOutside(base, missing),
    ...missing.flatMap((namespace) => findInside(base, namespace) ?? []),
    ...findMisspelled(base, missing, new Set(namespaces)),
  ];
}

/** Finds volumes that are mounted too high: at `values`, or outside of it. */
function findOutside(base: string, missing: readonly string[]): string[] {
  const [only] = missing;
  const namespace = missing.length === 1 && only !== undefined ? only : 'NAMESPACE';
  const shared = [valuesDirectory(base), base]
    .filter((directory) => isFile(join(directory, VALUES_FILE)))
    .map((directory) => {
      const names = joinFirst(missing.slice(0, NAMES_LISTED), missing.length);
      return describe(names, join(directory, VALUES_FILE), fixMount(base, namespace, directory));
    });
  const own = missing
    .map((name) => ({ name, directory: join(base, name) }))
    // `values` may be the name of a namespace.
    .filter(({ directory }) => directory !== valuesDirectory(base) && isFile(join(directory, VALUES_FILE)))
    .map(({ name, directory }) => describe(name, join(directory, VALUES_FILE), fixMount(base, name, directory)));
  return [...shared, ...own];
}

/** Finds another key or path in the directory of a namespace. */
function findInside(base: string, namespace: string): string | undefined {
  const directory = dirname(valuesFile(base, namespace));
  const isVolume = readDataLink(directory) !== '';
  const visible = listVisible(directory);
  // It has just appeared.
  if (visible.includes(VALUES_FILE)) return undefined;
  const nested = visible.slice(0, NAMES_COMPARED).find((name) => isFile(join(directory, name, VALUES_FILE)));
  if (nested !== undefined) {
    const found = `${directory}/${formatText(nested)}/${VALUES_FILE}`;
    const fix = 'Set `path: values.json` in the `items` of the volume.';
    return describe(namespace, found, isVolume ? fix : move(base, namespace));
  }
  const names = visible.filter((name) => isVolume || DATA_FILE.test(name));
  if (names.length === 0) return undefined;
  const found = joinFirst(names.slice(0, NAMES_LISTED).map(formatText), names.length);
  const fix = 'Name the key of the ConfigMap `values.json`, or set `path: values.json` in the `items` of the volume.';
  return describe(namespace, `${directory}/${found}`, isVolume ? fix : move(base, namespace));
}

/** Finds directories in `values` whose name is like that of a namespace without a file. */
function findMisspelled(base: string, missing: readonly string[], declared: ReadonlySet<string>): string[] {
  const values = valuesDirectory(base);
  const others = listVisible(values).filter((name) => !declared.has(name));
  return others.slice(0, NAMES_COMPARED).flatMap((name) => {
    const [namespace] = similarNames(name, missing);
    const directory = join(values, name);
    if (namespace === undefined || !isFile(join(directory, VALUES_FILE))) return [];
    const found = `${values}/${formatText(name)}/${VALUES_FILE}`;
    const fix =
      readDataLink(values) === ''
        ? fixMount(base, namespace, directory)
        : `Set \`path: ${namespace}/${VALUES_FILE}\` in the \`items\` of the volume.`;
    return [describe(namespace, found, fix)];
  });
}

function describe(namespaces: string, found: string, fix: string): string {
  return `There is no values.json of ${namespaces}, but there is ${found}, which nothing reads. ${fix}`;
}

/** Returns how to mount the volume that is at `directory`; how to move the file, if there is none. */
function fixMount(base: string, namespace: string, directory: string): string {
  if (readDataLink(directory) === '') return move(base, namespace);
  return `Mount the volume with \`mountPath: ${dirname(valuesFile(base, namespace))}\`.`;
}

function move(base: string, namespace: string): string {
  return `Move it to ${valuesFile(base, namespace)}.`;
}

/** Lists the first entries of a directory, in an order of the system's, without those that begin with a dot. */
function listVisible(directory: string): string[] {
  const names = tryOptional(() => {
    const opened = opendirSync(directory);
    try {
      const read: string[] = [];
      for (let count = 0; count < ENTRIES_READ; count++) {
        const entry = opened.readSync();
        if (entry === null) break;
        if (!entry.name.startsWith('.')) read.push(entry.name);
      }
      return read;
    } finally {
      opened.closeSync();
    }
  });
  return names?.sort() ?? [];
}

/** Whether there is an entry: also a link that leads nowhere, or one that must not be read. The load reports these. */
function isThere(path: string): boolean {
  return tryOptional(() => lstatSync(path, { throwIfNoEntry: false }) !== undefined) !== false;
}

function isFile(path: string): boolean {
  return tryOptional(() => statSync(path, { throwIfNoEntry: false })?.isFile()) === true;
}
