/**
 * Decides whether the schemas and values on disk are, byte for byte, those of a kept snapshot. Runs in the owner. When in
 * doubt, they are not: then the watcher loads the files, with all rules. So this file knows as few of them as possible,
 * and must not import those of `schema/` and `files/`.
 */
import { hash } from 'node:crypto';
import { constants, lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_FILE_BYTES } from '../common/file-limits.js';
import { SCHEMA_FILE, schemasDirectory, valuesDirectory, valuesFile } from '../config/base-directory.js';
import { computeKey, type KeptSnapshot, type StateHead, stateFile, validatedFile } from './kept.js';
import { readKept, readRegular } from './read.js';

/** What a start would load. */
export interface Sources {
  /** The state directory. */
  readonly stateDirectory: string;
  /** The base directory, and the schemas of the settings. */
  readonly directory: string;
  readonly schemas: Readonly<Record<string, string>> | undefined;
  readonly additionalSchemas: Readonly<Record<string, string>> | undefined;
  /** In bytes. */
  readonly limits: { readonly fileBytes: number; readonly payloadBytes: number };
  /** Identifies the code that would validate. */
  readonly validator: number;
}

/** The link to a namespace in a volume of the kubelet's, as `seer` → `..data/seer`. */
const VOLUME_LINK = /^\.\.data\/[^/]+$/;

/** What a start finds in the state directory. */
export interface Match {
  /** The snapshot of exactly these files; undefined if there is none. */
  readonly kept: KeptSnapshot | undefined;
  /** Whether its values are the last good ones; otherwise, another process has started with them shortly before. */
  readonly isProved: boolean;
  /** Identifies the schemas; undefined if only the watcher can tell which there are. */
  readonly key: string | undefined;
}

/**
 * Finds the snapshot of exactly these files.
 *
 * @throws {StateError} if the state directory or the file of the last good values cannot be used
 */
export function findMatch(sources: Sources): Match {
  const { stateDirectory } = sources;
  const schemas = hashSchemas(sources);
  if (schemas === undefined) return { kept: undefined, isProved: false, key: undefined };
  const key = computeKey(sources.directory, schemas);
  const proved = readKept(stateDirectory, stateFile(stateDirectory, key), key);
  if (isUsable(proved, sources)) return { kept: proved, isProved: true, key };
  const validated = tryRead(stateDirectory, validatedFile(stateDirectory, key), key);
  return { kept: isUsable(validated, sources) ? validated : undefined, isProved: false, key };
}

/** Reads what only saves time: it is written again, and nobody needs to know of a file that cannot be used. */
function tryRead(...parameters: Parameters<typeof readKept>): KeptSnapshot | undefined {
  try {
    return readKept(...parameters);
  } catch {
    return undefined;
  }
}

/** Whether the same code has validated the snapshot, and the files on disk are its files. */
function isUsable(kept: KeptSnapshot | undefined, sources: Sources): boolean {
  if (kept === undefined || kept.head.validator !== sources.validator) return false;
  return kept.parts.payload.length <= sources.limits.payloadBytes && haveKeptBytes(sources, kept.head);
}

/** Returns name and hash of each schema, sorted by name; undefined if only the watcher can tell which there are. */
function hashSchemas({ directory, schemas, additionalSchemas = {} }: Sources): StateHead['schemas'] | undefined {
  const hashes = new Map<string, string>();
  const add = (namespace: string, source: Uint8Array | undefined): boolean => {
    if (source === undefined || hashes.has(namespace)) return false;
    hashes.set(namespace, hash('sha256', source, 'hex'));
    return true;
  };
  // Encoding would replace a lone surrogate, which the watcher rejects.
  const addText = ([namespace, text]: [string, string]) => text.isWellFormed() && add(namespace, Buffer.from(text));
  const addFile = (namespace: string) =>
    add(namespace, readSource(join(schemasDirectory(directory), namespace, SCHEMA_FILE), MAX_FILE_BYTES));
  try {
    const isComplete =
      schemas === undefined
        ? listNamespaces(schemasDirectory(directory)).every(addFile)
        : Object.entries(schemas).every(addText);
    if (!isComplete || !Object.entries(additionalSchemas).every(addText) || hashes.size === 0) return undefined;
  } catch {
    // Whatever it is, the watcher reports it.
    return undefined;
  }
  return [...hashes].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Lists the namespaces of a schemas directory. Throws if it has an entry of which the watcher warns. */
function listNamespaces(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    // The kubelet's own entries; and files, which the watcher skips.
    if (entry.name.startsWith('..') || entry.isFile()) return [];
    if (entry.isDirectory() || VOLUME_LINK.test(readlinkSync(join(directory, entry.name)))) return [entry.name];
    throw new Error(entry.name);
  });
}

/** Whether all values files have the bytes of the kept values. */
function haveKeptBytes({ directory, limits }: Sources, { namespaces }: StateHead): boolean {
  try {
    // A missing directory means more than that there are no files.
    return (
      statSync(valuesDirectory(directory)).isDirectory() &&
      namespaces.every(([namespace, { hash: kept, bytes }]) => {
        const path = valuesFile(directory, namespace);
        // Not a dangling link, which is no missing file.
        if (kept === null) return lstatSync(path, { throwIfNoEntry: false }) === undefined;
        if (bytes > limits.fileBytes) return false;
        const content = readSource(path, bytes);
        return content?.length === bytes && hash('sha256', content, 'hex') === kept;
      })
    );
  } catch {
    return false;
  }
}

/** Reads a regular file, through links; undefined if there is none. Throws if it is larger than `maxBytes`. */
function readSource(path: string, maxBytes: number): Uint8Array | undefined {
  return readRegular(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0), (stat: Stats) => {
    if (!stat.isFile() || stat.size > maxBytes) throw new Error(path);
  });
}
