/**
 * Loading the values of all namespaces into one snapshot, all or nothing. Runs in the watcher thread; keeps nothing
 * from one load to the next.
 *
 * One namespace at a time is read, parsed, validated, encoded and forgotten, so that the peak of memory is one file's
 * tree and not all of them (8 MiB of `{},{},…` parse to 174 MB).
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { SnapshotEncoder } from '../../src/codec/encode.js';
import type { Issue } from '../../src/common/errors.js';
import { valuesDirectory } from '../../src/config/base-directory.js';
import { MAX_PAYLOAD_BYTES } from '../../src/memory/cell/layout.js';
import { checkValues } from '../../src/schema/check-values.js';
import { MAX_ISSUES_LENGTH } from '../../src/schema/issues.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { countOptions, encodeNamespace, indexNamespaces } from '../../src/schema/share-schemas.js';
import { type Digests, digestFile } from './digests.js';
import { readValues } from './read.js';
import { readSharedVolumeVersion } from './volume.js';

/** How often all files are read again while the volume that holds them is swapped under the reading. */
const MAX_ATTEMPTS = 20;

/** What one namespace's file held. */
export interface LoadedNamespace {
  /** SHA-256 of the file's bytes, in hex; null where there is no file. */
  readonly hash: string | null;
  /** The file's size. */
  readonly bytes: number;
  /** When CI made the file, RFC 3339; undefined where it does not say so. */
  readonly generatedAt: string | undefined;
  /** What is wrong with `generated_at`, where it is there and no timestamp. */
  readonly generatedAtIssue: string | undefined;
  /** Names that the schema does not know, in the file's order. */
  readonly unknown: readonly string[];
  /** What its options' values are. */
  readonly digests: Digests;
}

/** A snapshot, and what it was made of. */
export interface Loaded {
  readonly kind: 'loaded';
  /** The encoded snapshot. */
  readonly payload: Uint8Array;
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
}

/** There is no values directory, or it cannot be read; why, as the beginning of a sentence. */
export interface NoDirectory {
  readonly kind: 'no-directory';
  readonly isMissing: boolean;
  readonly reason: string;
}

/** Files are invalid. `isFresh`: one of them changed a moment ago, and may be half-written. */
export interface InvalidValues {
  readonly kind: 'invalid';
  readonly issues: readonly Issue[];
  readonly isFresh: boolean;
}

/** The snapshot is larger than shared memory can hold. */
export interface TooLarge {
  readonly kind: 'too-large';
  /** In bytes, or less if the load stopped before it knew. */
  readonly size: number;
  /** The largest snapshot that can be published, in bytes. */
  readonly limit: number;
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
}

/** How a load ended. */
export type LoadResult =
  | Loaded
  | NoDirectory
  | InvalidValues
  | TooLarge
  /** The volume was swapped each time that it was read. */
  | { readonly kind: 'unsettled' };

/** What a load needs to know. */
export interface LoadRequest {
  /** The base directory. */
  readonly directory: string;
  /** All namespaces; their options' indexes are counted through in this order. */
  readonly schemas: readonly NamespaceSchema[];
  /** Whether values are replaced by their types in faults. */
  readonly redact: boolean;
  /** Called with the path of each file before it is opened. */
  readonly onFile: (path: string) => void;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Loads and validates all namespaces' values. Throws only on a fault of this library. */
export function loadValues(request: LoadRequest): LoadResult {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    // The two looks at `..data` tell whether files of two versions could have been mixed.
    const before = readSharedVolumeVersion(request.directory);
    const result = loadOnce(request);
    if (result !== undefined && readSharedVolumeVersion(request.directory) === before) return result;
  }
  return { kind: 'unsettled' };
}

/** One pass over all namespaces; undefined where a file's volume was swapped at each of its readings. */
function loadOnce(request: LoadRequest): LoadResult | undefined {
  // step:load
  const reason = checkDirectory(valuesDirectory(request.directory));
  if (reason !== undefined) return { kind: 'no-directory', ...reason };
  const { schemas } = request;
  const encoder = new SnapshotEncoder(countOptions(schemas));
  const namespaces = new Map<string, LoadedNamespace>();
  const issues: Issue[] = [];
  let isFresh = false;
  for (const [schema, firstIndex] of indexNamespaces(schemas)) {
    const content = readValues(request.directory, schema.namespace, request);
    if (content === 'swapped') return undefined;
    if (content === undefined) {
      namespaces.set(schema.namespace, makeAbsent(schema));
    } else if (content.issue !== undefined) {
      issues.push(content.issue);
      isFresh ||= content.isFresh;
    } else {
      const checked = checkValues(schema, content.file, content.bytes, { redact: request.redact });
      if (checked.ok) {
        // Past the limit the rest is only validated: the snapshot is refused all the same.
        if (issues.length === 0 && encoder.size <= MAX_PAYLOAD_BYTES) {
          encodeNamespace(encoder, schema, firstIndex, checked.values);
        }
        const hash = createHash('sha256').update(content.bytes).digest('hex');
        namespaces.set(schema.namespace, {
          hash,
          bytes: content.bytes.length,
          generatedAt: checked.generatedAt,
          generatedAtIssue: checked.generatedAtIssue,
          unknown: checked.unknown,
          digests: digestFile(schema, hash, checked.values),
        });
      } else {
        addIssues(issues, checked.issues);
        isFresh ||= checked.isMalformed && content.isFresh;
      }
    }
  }
  if (issues.length > 0) return { kind: 'invalid', issues, isFresh };
  // step:finish
  const size = encoder.size;
  const snapshot = size > MAX_PAYLOAD_BYTES ? undefined : encoder.finish();
  if (snapshot === undefined || snapshot.length > MAX_PAYLOAD_BYTES) {
    return { kind: 'too-large', size: snapshot?.length ?? size, limit: MAX_PAYLOAD_BYTES, namespaces };
  }
  return { kind: 'loaded', payload: snapshot, namespaces };
}

/** Adds what is wrong in one more file; where much is said already, only the first of it. */
function addIssues(issues: Issue[], added: readonly Issue[]): void {
  const [first, second] = added;
  const length = issues.reduce((sum, { pointer, message }) => sum + pointer.length + message.length, 0);
  if (first === undefined || second === undefined || length < MAX_ISSUES_LENGTH) issues.push(...added);
  else issues.push(first, { ...second, pointer: '', message: 'and more, which are not listed here' });
}

/** What a load gives where no file sets anything. */
export function loadDefaults(schemas: readonly NamespaceSchema[]): Loaded {
  const namespaces = new Map(schemas.map((schema) => [schema.namespace, makeAbsent(schema)]));
  return { kind: 'loaded', payload: new SnapshotEncoder(countOptions(schemas)).finish(), namespaces };
}

function makeAbsent(schema: NamespaceSchema): LoadedNamespace {
  const digests = digestFile(schema, null, new Map());
  return { hash: null, bytes: 0, generatedAt: undefined, generatedAtIssue: undefined, unknown: [], digests };
}

/** Why the values directory cannot be used, as a sentence; undefined where it can. */
function checkDirectory(directory: string): { isMissing: boolean; reason: string } | undefined {
  try {
    if (!statSync(directory).isDirectory()) return { isMissing: false, reason: `${directory} is not a directory` };
    accessSync(directory, constants.X_OK);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { isMissing: true, reason: `The values directory ${directory} does not exist` };
    return { isMissing: false, reason: `The values directory ${directory} cannot be read (${message})` };
  }
}
