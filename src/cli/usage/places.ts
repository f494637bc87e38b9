/** Finds the lines that declare and set options, for people who delete them. Runs in the command line's main thread. */
import { relative, sep } from 'node:path';
import { MAX_FILE_BYTES } from '../../common/file-limits.js';
import { schemaFile, valuesFile } from '../../config/base-directory.js';
import { FLAG_PREFIX } from '../../features/feature.js';
import { FileError } from '../../files/file-error.js';
import { readWhole } from '../../files/read.js';
import { JsonError, parseJson } from '../../files/strict-json.js';
import { checkNamespaceName } from '../../schema/namespace-name.js';
import { JsonText } from '../schemas/json-position.js';
import type { MergedFlag, MergedOption } from './merge.js';

/** A line of a file. */
export interface Place {
  /** Relative if the file is below the working directory, else absolute. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** An option or a flag. */
export type Entry = MergedOption | MergedFlag;

/**
 * Finds the lines of each of `entries`, in the order in which to delete them: in the values, if they set it, and in the
 * schema, unless a pattern declares it. A file that cannot be read, or is invalid, has none. Keeps no file.
 *
 * @param directories base directories, which the entries refer to by index
 */
export function findPlaces(
  entries: readonly Entry[],
  directories: readonly string[],
): ReadonlyMap<Entry, readonly Place[]> {
  const places = new Map<Entry, Place[]>(entries.map((entry) => [entry, []]));
  for (const [index, directory] of directories.entries()) {
    for (const [namespace, found] of group(entries, index)) {
      // A hostile answer may name any directory, but no other file there.
      if (checkNamespaceName(namespace) !== undefined) continue;
      for (const [file, parent] of [
        [valuesFile(directory, namespace), 'options'],
        [schemaFile(directory, namespace), 'properties'],
      ] as const) {
        const text = readText(file);
        if (text === undefined) continue;
        for (const entry of found) {
          const key = 'flag' in entry ? FLAG_PREFIX + entry.flag : entry.key;
          const position = text.findName([parent, key]);
          if (position !== undefined) places.get(entry)?.push({ file: shorten(file), line: position.line });
        }
      }
    }
  }
  return places;
}

/** Returns the entries that processes with this directory declare, by namespace. */
function group(entries: readonly Entry[], directory: number): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (!entry.directories.includes(directory)) continue;
    const found = groups.get(entry.namespace);
    if (found === undefined) groups.set(entry.namespace, [entry]);
    else found.push(entry);
  }
  return groups;
}

/** Returns the JSON of a file; undefined if it has none. */
function readText(file: string): JsonText | undefined {
  try {
    const { bytes } = readWhole(file, MAX_FILE_BYTES);
    parseJson(bytes);
    return new JsonText(bytes.toString());
  } catch (error) {
    if (error instanceof FileError || error instanceof JsonError) return undefined;
    throw error;
  }
}

function shorten(file: string): string {
  const path = relative('', file);
  return path.startsWith(`..${sep}`) ? file : path;
}
