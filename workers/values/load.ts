/**
 * Loads the values of all namespaces into one snapshot, all or nothing. Runs in the watcher thread; keeps nothing but
 * digests between loads. Reads, parses, validates, encodes and forgets one namespace at a time, so that memory peaks at
 * one file's tree, not at the trees of all files (8 MiB of `{},{},…` parse to 174 MB).
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { composeSnapshot, measureFrame } from '../../src/codec/compose.js';
import type { EncodedSegment } from '../../src/codec/frame.js';
import type { Issue } from '../../src/common/errors.js';
import { valuesDirectory } from '../../src/config/base-directory.js';
import { FileError, tryOperation } from '../../src/files/file-error.js';
import type { ValuesLimits } from '../../src/files/values-limits.js';
import { checkValues } from '../../src/schema/check-values.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { encodeNamespace } from '../../src/schema/share-schemas.js';
import { type Digests, digestFile } from './digests.js';
import { IssueList } from './issue-list.js';
import { readValues } from './read.js';
import { NO_NAMES, summarizeNames, type UnknownNames } from './unknown-names.js';
import { areSamePlaces, type Place, readNamespacePlace, readSharedPlaces, readSharedVolumeVersion } from './volume.js';

/** How often a load reads all files if the kubelet swaps their volume during each attempt. */
const MAX_ATTEMPTS = 20;

/** The content of one namespace's values file. */
export interface LoadedNamespace {
  /** SHA-256 of the file's bytes, in hex; null if there is no file. */
  readonly hash: string | null;
  /** The file's size, in bytes. */
  readonly bytes: number;
  /** When CI generated the file, RFC 3339; undefined if the file has no valid `generated_at`. */
  readonly generatedAt: string | undefined;
  /** Why `generated_at` is not a timestamp; undefined if it is one, or is missing. */
  readonly generatedAtIssue: string | undefined;
  /** The names that the schema does not declare. */
  readonly unknown: UnknownNames;
  /** Digests of its options' values. */
  readonly digests: Digests;
  /** The directories on the file's path, innermost first; present also if there is no file. */
  readonly places: readonly Place[];
}

/** A successful load: the snapshot, and the namespaces in it. */
export interface Loaded {
  readonly kind: 'loaded';
  /** The encoded snapshot. */
  readonly payload: Uint8Array;
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
}

/** The bytes of all files are the published ones. */
export interface Unchanged {
  readonly kind: 'unchanged';
  /** The published namespaces, with their present places. */
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
}

/** The values directory does not exist or cannot be read. */
export interface NoDirectory {
  readonly kind: 'no-directory';
  /** Whether it does not exist. */
  readonly isMissing: boolean;
  /** The beginning of a sentence that says why. */
  readonly reason: string;
  /** Whether the system cannot read it at the moment. */
  readonly isTransient: boolean;
}

/** The system or a permission prevents the read of a file, which says nothing about the file's content. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly issue: Issue;
  /** Whether the system cannot read it at the moment; false if a permission is missing. */
  readonly isTransient: boolean;
}

/** Files are invalid. */
export interface InvalidValues {
  readonly kind: 'invalid';
  readonly issues: readonly Issue[];
  /** Whether an invalid file may be half-written, or in the middle of a replacement. */
  readonly mayChange: boolean;
}

/** The snapshot is larger than shared memory can hold. */
export interface TooLarge {
  readonly kind: 'too-large';
  /** Its size in bytes; a lower bound if the load stopped before the end. */
  readonly size: number;
  /** The largest snapshot that can be published, in bytes. */
  readonly limit: number;
  /** Whether only memory is missing at the moment. */
  readonly isTransient: boolean;
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
}

/** The result of a load. */
export type LoadResult =
  | Loaded
  | NoDirectory
  | Unavailable
  | InvalidValues
  | TooLarge
  | Unchanged
  /** The kubelet swapped the volume during each attempt. */
  | { readonly kind: 'unsettled' };

/** The arguments of a load. */
export interface LoadRequest {
  /** The base directory. */
  readonly directory: string;
  /** All namespaces. This order determines the indexes of their options. */
  readonly schemas: readonly NamespaceSchema[];
  /** Whether issues contain the types of values instead of the values. */
  readonly redact: boolean;
  /** What one file may take; and the largest snapshot, in bytes. */
  readonly limits: ValuesLimits & { readonly payloadBytes: number };
  /** Called with the path of each file before it is opened. */
  readonly onFile: (path: string) => void;
  /** Called after each step of a file that may take long: the watcher works, and does not hang. */
  readonly onStep?: () => void;
}

/**
 * Loads and validates the values of all namespaces. Throws only on a bug of this library.
 *
 * @param generation the generation that would publish the load
 * @param published the namespaces of the published snapshot; undefined if there is none
 */
export function loadValues(request: LoadRequest, generation = 1, published?: Unchanged['namespaces']): LoadResult {
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      // Reads `..data` before and after: if it is the same, the load cannot have mixed files of two versions.
      // So does it read the places: those that a load notes are of the files that it read.
      const before = readSharedVolumeVersion(request.directory);
      const places = readSharedPlaces(request.directory);
      const result = recallVerdict(request, places, published) ?? loadOnce(request, places, generation);
      if (
        result !== undefined &&
        readSharedVolumeVersion(request.directory) === before &&
        areSamePlaces(readSharedPlaces(request.directory), places)
      ) {
        return result;
      }
    }
    return { kind: 'unsettled' };
  } catch (error) {
    const directory = valuesDirectory(request.directory);
    if (error instanceof FileError) return describeUnreadable(directory, error);
    if (isOutOfMemory(error)) return makeNoDirectory(`There is no memory to load ${directory}`, { isTransient: true });
    throw error;
  }
}

/**
 * Reads the values file of `namespace`, and its directory before and after it. `content` is `'swapped'` if they differ: a
 * volume that is unmounted in between would leave its mount point as the place of its file.
 *
 * @throws {FileError} if the directory cannot be read
 */
function readNamespace({ directory, limits, onFile }: LoadRequest, namespace: string) {
  const place = readNamespacePlace(directory, namespace);
  const content = readValues(directory, namespace, limits.fileBytes, onFile);
  const isSame = areSamePlaces([readNamespacePlace(directory, namespace)], [place]);
  return { place, content: isSame ? content : ('swapped' as const) };
}

/**
 * Loads all namespaces once. Returns undefined if a file's volume changed at each attempt to read it.
 *
 * @throws {FileError} if a directory cannot be read
 */
function loadOnce(request: LoadRequest, sharedPlaces: readonly Place[], generation: number): LoadResult | undefined {
  // step:load
  const obstacle = checkDirectory(valuesDirectory(request.directory));
  if (obstacle !== undefined) return obstacle;
  const { schemas } = request;
  const segments: EncodedSegment[] = [];
  let size = 0;
  const namespaces = new Map<string, LoadedNamespace>();
  const issues = new IssueList();
  let mayChange = false;
  const hashes: (string | null | undefined)[] = [];
  for (const schema of schemas) {
    const { namespace } = schema;
    const { place, content } = readNamespace(request, namespace);
    if (content === 'swapped') return undefined;
    request.onStep?.();
    const places = [place, ...sharedPlaces];
    if (content === undefined) {
      hashes.push(null);
      segments.push(encodeNamespace(schema, new Map()));
      namespaces.set(namespace, describeMissing(schema, places));
    } else if (content.issue !== undefined) {
      // At the first such error: each further file would fail as well, or take as long as a network mount that fails.
      if (content.error !== undefined) {
        return { kind: 'unavailable', issue: content.issue, isTransient: content.error.kind === 'system' };
      }
      issues.add([content.issue]);
      hashes.push(undefined);
      mayChange ||= content.mayChange;
    } else {
      const hash = hashBytes(content.bytes);
      hashes.push(hash);
      const checked = checkValues(schema, content.file, content.bytes, {
        redact: request.redact,
        limits: request.limits,
      });
      request.onStep?.();
      if (checked.ok) {
        // Past the limit, only validates the rest: the snapshot is rejected in any case.
        if (issues.isEmpty && size <= request.limits.payloadBytes) {
          const segment = encodeNamespace(schema, checked.values);
          segments.push(segment);
          size += segment.bytes.length;
        }
        namespaces.set(namespace, {
          hash,
          bytes: content.bytes.length,
          generatedAt: checked.generatedAt,
          generatedAtIssue: checked.generatedAtIssue,
          unknown: summarizeNames(checked.unknown),
          digests: digestFile(schema, hash, checked.values),
          places,
        });
      } else {
        issues.add(checked.issues);
        mayChange ||= checked.isMalformed;
      }
    }
  }
  if (!issues.isEmpty) {
    const result = { kind: 'invalid', issues: issues.toArray(), mayChange } as const;
    rejected.set(schemas, { hashes, result });
    return result;
  }
  // step:finish
  size += measureFrame(segments);
  if (size > request.limits.payloadBytes) {
    const result: TooLarge = {
      kind: 'too-large',
      size,
      limit: request.limits.payloadBytes,
      isTransient: false,
      namespaces,
    };
    rejected.set(schemas, { hashes, result });
    return result;
  }
  return { kind: 'loaded', payload: composeSnapshot({ generation, segments }), namespaces };
}

/** Whether the system granted no memory for an array. V8 ends the thread if its own heap is exhausted. */
function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('allocation failed');
}

/** The last rejected load of each set of schemas, with the hashes of its files. */
const rejected = new WeakMap<
  LoadRequest['schemas'],
  { readonly hashes: readonly (string | null | undefined)[]; readonly result: InvalidValues | TooLarge }
>();

/**
 * Returns the known verdict on files whose bytes are the published ones, or those of the last rejected load. Within the
 * granularity of timestamps, every poll reads the files again; parsing the same bytes again would only cost memory.
 * Returns undefined if any file differs, or cannot be read.
 */
function recallVerdict(
  request: LoadRequest,
  sharedPlaces: readonly Place[],
  published: Unchanged['namespaces'] | undefined,
): LoadResult | undefined {
  const { directory, schemas, onStep } = request;
  const last = rejected.get(schemas);
  let isPublished = published !== undefined;
  let isRejected = last !== undefined;
  if (!isPublished && !isRejected) return undefined;
  if (checkDirectory(valuesDirectory(directory)) !== undefined) return undefined;
  const namespaces = new Map<string, LoadedNamespace>();
  for (const [index, { namespace }] of schemas.entries()) {
    const { place, content } = readNamespace(request, namespace);
    if (content === 'swapped' || content?.issue !== undefined) return undefined;
    onStep?.();
    const hash = content === undefined ? null : hashBytes(content.bytes);
    const known = published?.get(namespace);
    isPublished &&= known?.hash === hash;
    isRejected &&= last?.hashes[index] === hash;
    if (!isPublished && !isRejected) return undefined;
    if (known === undefined) continue;
    namespaces.set(namespace, { ...known, places: [place, ...sharedPlaces] });
  }
  return isPublished ? { kind: 'unchanged', namespaces } : last?.result;
}

function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Encodes a snapshot in which no file sets an option, so that all defaults apply. */
export function loadDefaults(schemas: readonly NamespaceSchema[]): Loaded {
  const namespaces = new Map(schemas.map((schema) => [schema.namespace, describeMissing(schema, [])]));
  const segments = schemas.map((schema) => encodeNamespace(schema, new Map()));
  return { kind: 'loaded', payload: composeSnapshot({ generation: 1, segments }), namespaces };
}

/** Describes a namespace without a values file. */
function describeMissing(schema: NamespaceSchema, places: readonly Place[]): LoadedNamespace {
  const digests = digestFile(schema, null, new Map());
  return {
    hash: null,
    bytes: 0,
    generatedAt: undefined,
    generatedAtIssue: undefined,
    unknown: NO_NAMES,
    digests,
    places,
  };
}

/** Checks the values directory. Returns why it is unusable; undefined if it is usable. */
function checkDirectory(directory: string): NoDirectory | undefined {
  try {
    const isDirectory = tryOperation(() => statSync(directory).isDirectory());
    if (!isDirectory) return makeNoDirectory(`${directory} is not a directory`);
    tryOperation(() => accessSync(directory, constants.X_OK));
    return undefined;
  } catch (error) {
    return describeUnreadable(directory, error as FileError);
  }
}

function describeUnreadable(directory: string, { code, kind, message }: FileError): NoDirectory {
  if (code === 'ENOENT') {
    return makeNoDirectory(`The values directory ${directory} does not exist`, { isMissing: true });
  }
  return makeNoDirectory(`The values directory ${directory} ${message}`, { isTransient: kind === 'system' });
}

function makeNoDirectory(reason: string, { isMissing = false, isTransient = false } = {}): NoDirectory {
  return { kind: 'no-directory', isMissing, isTransient, reason };
}
