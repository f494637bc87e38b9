/**
 * Loads the values of all namespaces into one snapshot: all or nothing, unless a bad file holds back its namespace only
 * (`isolation`). Runs in the watcher thread. Reads and hashes each file, and loads only those whose bytes are new.
 */
import { hash as computeHash } from 'node:crypto';
import { valuesDirectory, valuesFile } from '../../src/config/base-directory.js';
import { FileError } from '../../src/files/file-error.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { encodeNamespace } from '../../src/schema/share-schemas.js';
import { composeFirst } from './changes.js';
import { checkDirectory, describeUnreadable, makeNoDirectory } from './directory.js';
import { Draft } from './draft.js';
import { describeGoneVolumes, findGoneVolume } from './gone-volumes.js';
import { describeMissing, isOutOfMemory } from './namespace-file.js';
import { areSamePlaces, isSamePlace, readNamespacePlace, readSharedPlaces, type SharedPlaces } from './places.js';
import { makeIssue, readValues } from './read.js';
import type { LoadRequest } from './request.js';
import type { Loaded, LoadedNamespace, LoadResult, Published, Unavailable } from './results.js';
import { readSharedVolumeVersion } from './volume.js';

/** How often a load reads all files if the kubelet swaps their volume during each attempt. */
const MAX_ATTEMPTS = 20;

/**
 * Loads and validates the values of all namespaces. Throws only on a bug of this library.
 *
 * @param published what is published; undefined in the first load
 * @param accepts whether a person accepts values that are suspicious
 */
export function loadValues(request: LoadRequest, published?: Published, accepts = false): LoadResult {
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      // Reads `..data` before and after: if it is the same, the load cannot have mixed files of two versions.
      // So does it read the places: those that a load notes are of the files that it read.
      const before = readSharedVolumeVersion(request.directory);
      const shared = readSharedPlaces(request.directory);
      const result = loadOnce(request, new Draft(request, published, accepts), published, shared);
      if (
        result !== 'swapped' &&
        readSharedVolumeVersion(request.directory) === before &&
        areSamePlaces(readSharedPlaces(request.directory).places, shared.places)
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
 * Loads all namespaces once. Returns `'swapped'` if a file's volume changed meanwhile.
 *
 * @throws {FileError} if a directory cannot be read
 */
function loadOnce(
  request: LoadRequest,
  draft: Draft,
  published: Published | undefined,
  shared: SharedPlaces,
): LoadResult | 'swapped' {
  // step:load
  const obstacle = checkDirectory(valuesDirectory(request.directory));
  if (obstacle !== undefined) return obstacle;
  const attempt = { request, published, shared, draft };
  const failure = addFiles(attempt, request.schemas.keys());
  if (failure !== undefined) return failure;
  return (draft.isPublishable ? addFiles(attempt, draft.startSecondPass()) : undefined) ?? draft.finish();
}

/** One attempt to load all namespaces. */
interface Attempt {
  readonly request: LoadRequest;
  readonly published: Published | undefined;
  readonly shared: SharedPlaces;
  readonly draft: Draft;
}

/** Adds the files of the namespaces with these numbers to the draft. Returns the result of an attempt that ends early. */
function addFiles(attempt: Attempt, ordinals: Iterable<number>): Unavailable | 'swapped' | undefined {
  for (const ordinal of ordinals) {
    const failure = addFile(attempt, ordinal);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Adds one file. In an isolated draft, whatever is wrong with it concerns its namespace only. */
function addFile(attempt: Attempt, ordinal: number): Unavailable | 'swapped' | undefined {
  const { request, draft } = attempt;
  if (!draft.isIsolated) return tryAddFile(attempt, ordinal);
  try {
    const failure = tryAddFile(attempt, ordinal);
    if (failure === undefined || failure === 'swapped') return failure;
    draft.holdUnavailable(failure.issue);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const { namespace } = request.schemas[ordinal] as NamespaceSchema;
    draft.holdUnavailable(makeIssue(valuesFile(request.directory, namespace), namespace, error));
  }
  return undefined;
}

/** @throws {FileError} if the directory of the file cannot be read */
function tryAddFile(
  { request, published, shared, draft }: Attempt,
  ordinal: number,
): Unavailable | 'swapped' | undefined {
  const { directory, schemas, limits, memory, onFile, onStep } = request;
  const { namespace } = schemas[ordinal] as NamespaceSchema;
  const place = readNamespacePlace(directory, namespace, shared);
  const content = readValues(directory, namespace, limits.fileBytes, onFile, memory?.fileTarget);
  if (content === 'swapped') return content;
  const hash = content?.issue === undefined ? hashFile(content?.bytes) : undefined;
  const known = published?.namespaces.get(namespace);
  // A volume that is unmounted before the read would leave its mount point as the place of its file. Not if the place is
  // the published one, and the bytes are: then nothing new is noted, and the next poll finds the other place.
  const isKnown = known !== undefined && known.hash === hash && isSamePlace(place, known.places[0]);
  if (!isKnown && !isSamePlace(readNamespacePlace(directory, namespace, shared), place)) return 'swapped';
  onStep?.();
  if (content?.issue === undefined) {
    const places = [place, ...shared.places];
    const file = { file: content?.file ?? '', bytes: content?.bytes, hash: hash ?? null, places };
    const gone = draft.isIsolated ? findGoneVolume(namespace, known, file) : undefined;
    if (gone === undefined) draft.add(ordinal, file);
    else draft.holdGone(gone, describeGoneVolumes(valuesDirectory(directory), [gone]));
  } else if (content.error === undefined) {
    draft.reject(content.issue, content.mayChange);
  } else {
    // At the first such error: each further file would fail as well, or take as long as a network mount that fails.
    return { kind: 'unavailable', issue: content.issue, isTransient: content.error.kind === 'system' };
  }
  return undefined;
}

/** Returns the hash of a file; null if there is none. */
function hashFile(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : computeHash('sha256', bytes, 'hex');
}

/** Notes for values from elsewhere where their files are now, so that a later load finds what has gone. */
export function notePlaces(directory: string, loaded: Loaded): Loaded {
  try {
    const shared = readSharedPlaces(directory);
    const namespaces = [...loaded.namespaces].map(([name, namespace]): [string, LoadedNamespace] => {
      return [name, { ...namespace, places: [readNamespacePlace(directory, name, shared), ...shared.places] }];
    });
    return { ...loaded, namespaces: new Map(namespaces) };
  } catch (error) {
    if (error instanceof FileError) return loaded;
    throw error;
  }
}

/** Encodes a snapshot in which no file sets an option, so that all defaults apply. */
export function loadDefaults(schemas: readonly NamespaceSchema[]): Loaded {
  const namespaces = new Map(schemas.map((schema) => [schema.namespace, describeMissing([])]));
  const segments = schemas.map((schema) => encodeNamespace(schema, new Map()));
  return { kind: 'loaded', ...composeFirst(segments), namespaces };
}
