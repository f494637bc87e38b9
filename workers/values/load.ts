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
import { type Fault, type OptionsError, SnapshotTooLargeError, valuesError } from '../../src/common/errors.js';
import type { OptionValue } from '../../src/common/value.js';
import { MAX_PAYLOAD_BYTES } from '../../src/memory/cell/layout.js';
import { checkValues } from '../../src/schema/check-values.js';
import { MAX_FAULT_TEXT, type NamespaceSchema } from '../../src/schema/namespace-schema.js';
import { countOptions } from '../../src/schema/share-schemas.js';
import { type Digests, digestsOfFile } from './digests.js';
import { readValues } from './read.js';
import { sharedVolumeVersion, valuesDirectory } from './volume.js';

/** How often all files are read again while the volume that holds them is swapped under the reading. */
const MAX_ATTEMPTS = 20;
/** How many namespaces are named where the snapshot is too large. */
const LARGEST_NAMED = 5;

/** What one namespace's file held. */
export interface LoadedNamespace {
  /** SHA-256 of the file's bytes, in hex; null where there is no file. */
  readonly hash: string | null;
  /** The file's size. */
  readonly bytes: number;
  /** When CI made the file, RFC 3339; undefined where it does not say so. */
  readonly generatedAt: string | undefined;
  /** What is wrong with `generated_at`, where it is there and no timestamp. */
  readonly generatedAtProblem: string | undefined;
  /** Names that the schema does not know, in the file's order. */
  readonly unknown: readonly string[];
  /** What its options' values are. */
  readonly digests: Digests;
}

/** A snapshot, and what it was made of. */
export interface Loaded {
  readonly kind: 'loaded';
  readonly snapshot: Uint8Array;
  readonly namespaces: ReadonlyMap<string, LoadedNamespace>;
}

/** There is no values directory, or it cannot be read; why, as the beginning of a sentence. */
export interface NoDirectory {
  readonly kind: 'no-directory';
  readonly isMissing: boolean;
  readonly problem: string;
}

/** How a load ended. */
export type LoadResult =
  | Loaded
  | NoDirectory
  /** Something is wrong with the files. `isFresh`: with one that changed a moment ago, and may be half-written. */
  | { readonly kind: 'refused'; readonly error: OptionsError; readonly isFresh: boolean }
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
  /** The words before the faults, where there are some. */
  readonly prefix: string;
  /** Called with the path of each file before it is opened. */
  readonly onFile: (path: string) => void;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Loads and validates all namespaces' values. Throws only on a fault of this library. */
export function loadValues(request: LoadRequest): LoadResult {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    // The two looks at `..data` tell whether files of two versions could have been mixed.
    const before = sharedVolumeVersion(request.directory);
    const result = loadOnce(request);
    if (result !== undefined && sharedVolumeVersion(request.directory) === before) return result;
  }
  return { kind: 'unsettled' };
}

/** One pass over all namespaces; undefined where a file's volume was swapped at each of its readings. */
function loadOnce(request: LoadRequest): LoadResult | undefined {
  const problem = directoryProblem(valuesDirectory(request.directory));
  if (problem !== undefined) return { kind: 'no-directory', ...problem };
  const { schemas } = request;
  const encoder = new SnapshotEncoder(countOptions(schemas));
  const namespaces = new Map<string, LoadedNamespace>();
  const faults: Fault[] = [];
  let isFresh = false;
  let first = 0;
  for (const schema of schemas) {
    const content = readValues(request.directory, schema.namespace, request);
    if (content === 'swapped') return undefined;
    if (content === undefined) {
      namespaces.set(schema.namespace, absent(schema));
    } else if (content.fault !== undefined) {
      faults.push(content.fault);
      isFresh ||= content.isFresh;
    } else {
      const checked = checkValues(schema, content.file, content.bytes, { redact: request.redact });
      if (checked.ok) {
        // Past the limit the rest is only validated: the snapshot is refused all the same.
        if (faults.length === 0 && encoder.size <= MAX_PAYLOAD_BYTES) encode(encoder, schema, first, checked.values);
        const hash = createHash('sha256').update(content.bytes).digest('hex');
        namespaces.set(schema.namespace, {
          hash,
          bytes: content.bytes.length,
          generatedAt: checked.generatedAt,
          generatedAtProblem: checked.generatedAtProblem,
          unknown: checked.unknown,
          digests: digestsOfFile(schema, hash, checked.values),
        });
      } else {
        addFaults(faults, checked.faults);
        isFresh ||= checked.malformed && content.isFresh;
      }
    }
    first += schema.options.size;
  }
  if (faults.length > 0) return { kind: 'refused', error: valuesError(request.prefix, faults), isFresh };
  const size = encoder.size;
  const snapshot = size > MAX_PAYLOAD_BYTES ? undefined : encoder.finish();
  if (snapshot === undefined || snapshot.length > MAX_PAYLOAD_BYTES) {
    return { kind: 'refused', error: tooLarge(request.prefix, snapshot?.length ?? size, namespaces), isFresh: false };
  }
  return { kind: 'loaded', snapshot, namespaces };
}

/** Adds what is wrong in one more file; where much is said already, only the first of it. */
function addFaults(faults: Fault[], added: readonly Fault[]): void {
  const [first, second] = added;
  const length = faults.reduce((sum, { pointer, message }) => sum + pointer.length + message.length, 0);
  if (first === undefined || second === undefined || length < MAX_FAULT_TEXT) faults.push(...added);
  else faults.push(first, { ...second, pointer: '', message: 'and more, which are not listed here' });
}

/** What a load gives where no file sets anything. */
export function loadDefaults(schemas: readonly NamespaceSchema[]): Loaded {
  const namespaces = new Map(schemas.map((schema) => [schema.namespace, absent(schema)]));
  return { kind: 'loaded', snapshot: new SnapshotEncoder(countOptions(schemas)).finish(), namespaces };
}

function absent(schema: NamespaceSchema): LoadedNamespace {
  const digests = digestsOfFile(schema, null, new Map());
  return { hash: null, bytes: 0, generatedAt: undefined, generatedAtProblem: undefined, unknown: [], digests };
}

function encode(
  encoder: SnapshotEncoder,
  schema: NamespaceSchema,
  first: number,
  values: ReadonlyMap<string, OptionValue>,
): void {
  let index = first;
  for (const name of schema.options.keys()) {
    const value = values.get(name);
    if (value !== undefined) encoder.set(index, value);
    index++;
  }
}

/** Why the values directory cannot be used, as a sentence; undefined where it can. */
function directoryProblem(directory: string): { isMissing: boolean; problem: string } | undefined {
  try {
    if (!statSync(directory).isDirectory()) return { isMissing: false, problem: `${directory} is not a directory` };
    accessSync(directory, constants.X_OK);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { isMissing: true, problem: `The values directory ${directory} does not exist` };
    return { isMissing: false, problem: `The values directory ${directory} cannot be read (${message})` };
  }
}

/** The refusal of a snapshot that shared memory cannot hold: how large it is, and which namespaces make it so. */
export function tooLarge(
  prefix: string,
  size: number,
  namespaces: ReadonlyMap<string, LoadedNamespace>,
  limit: number = MAX_PAYLOAD_BYTES,
): SnapshotTooLargeError {
  const largest = [...namespaces].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, LARGEST_NAMED);
  const names = largest.map(([name, { bytes }]) => `${name} (${mebibytes(bytes)} of values.json)`).join(', ');
  return new SnapshotTooLargeError(
    `${prefix}The snapshot has ${mebibytes(size)} or more; ${mebibytes(limit)} can be published. ` +
      `The largest namespaces: ${names}. Make their values smaller.`,
    { namespace: largest[0]?.[0] },
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
