/**
 * The file of a kept snapshot: its name, its content, and how a reader verifies it. Runs in the watcher thread, and in
 * the owner if it starts from such a file. Must not import ajv. The writer's half is `workers/state/encode.ts`.
 *
 *     byte  0   DIGEST   SHA-256 of all bytes behind it
 *          32   MAGIC    identifies the file
 *          40   Uint32   length of the head, little-endian
 *          44   head     JSON, {@link StateHead}
 *     then      parts    one behind the other, in the order of {@link PARTS}; the head has their lengths
 *
 * The name contains {@link computeKey} of everything that must be the same to use the content. So stores with other
 * schemas, another directory or another version of the library have files of their own.
 */
import { hash } from 'node:crypto';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { Layout } from '../codec/generated/layout.js';
import { LAYOUT_VERSION } from '../memory/cell/layout.js';

/** The version of this file's content. */
const STATE_VERSION = 2;
/** How the names of the files end. */
export const STATE_SUFFIX = '.state';
export const VALIDATED_SUFFIX = '.validated';
export const LOCK_SUFFIX = '.lock';
/** Offset of the digest, and so its length, in bytes. */
export const DIGEST_BYTES = 32;
/** The magic number, as text. */
export const STATE_MAGIC = 'SOSTATE\n';
/** Offset of the length of the head, in bytes. */
export const HEAD_LENGTH_OFFSET = DIGEST_BYTES + STATE_MAGIC.length;
/** Offset of the head, in bytes. */
export const HEAD_OFFSET = HEAD_LENGTH_OFFSET + 4;
/** The largest file that is read, in bytes: a snapshot has at most 64 MiB, and each schema at most 8 MiB. */
export const MAX_STATE_BYTES = 2 ** 28;

/** The parts of the file, in their order. */
export const PARTS = ['payload', 'catalog', 'defaults', 'schemas'] as const;

/** The bytes of a kept snapshot. */
export interface StateParts {
  /** The snapshot, as generation 1; with a buffer of its own. */
  readonly payload: Uint8Array<ArrayBuffer>;
  /** What the watcher posts to its owner: names, defaults, and the sources of the schemas. */
  readonly catalog: Uint8Array;
  readonly defaults: Uint8Array;
  readonly schemas: Uint8Array;
}

/** What the watcher knew of a namespace's values file when it kept the values. */
export interface KeptNamespace {
  /** SHA-256 of the file, in hex; null if there was none. */
  readonly hash: string | null;
  /** The file's size, in bytes. */
  readonly bytes: number;
  readonly generatedAt: string | null;
  readonly generatedAtIssue: string | null;
  readonly commit: string | null;
  /** The names that the schema does not declare. */
  readonly unknown: { readonly first: readonly string[]; readonly count: number; readonly digest: string };
}

/** The head of the file. */
export interface StateHead {
  /** Equals the file's name: a file that was renamed is not used. */
  readonly key: string;
  /** Identifies the code that validated the values: only the same code starts without validation. */
  readonly validator: number;
  /** When the file was written, RFC 3339. */
  readonly keptAt: string;
  /** Whether a schema declares flags by pattern, and the indexes of the options that are flags: what counts need. */
  readonly hasPatternFlags: boolean;
  readonly flags: readonly number[];
  readonly optionCount: number;
  /** Name and SHA-256 of each schema, sorted by name. */
  readonly schemas: readonly (readonly [string, string])[];
  /** The namespaces, in the catalog's order. */
  readonly namespaces: readonly (readonly [string, KeptNamespace])[];
  /** The length of each of {@link PARTS}, in bytes. */
  readonly lengths: readonly number[];
}

/** A kept snapshot: verified bytes. */
export interface KeptSnapshot {
  readonly head: StateHead;
  readonly parts: StateParts;
}

/** Identifies what must be the same to use a kept snapshot. `schemas`: name and hash of each, sorted by name. */
export function computeKey(directory: string, schemas: StateHead['schemas']): string {
  const identity = [STATE_VERSION, LAYOUT_VERSION, Layout.Version, endianness(), directory, schemas];
  return hash('sha256', JSON.stringify(identity), 'hex');
}

/** Returns the folder of this user's files: only this user can write to it, whoever else may write to `directory`. */
export function stateFolder(directory: string): string {
  return join(directory, `sentry-options-${process.geteuid?.() ?? 'user'}`);
}

/** Returns the path of the file of the last good values for `key`. */
export function stateFile(directory: string, key: string): string {
  return join(stateFolder(directory), `${key}${STATE_SUFFIX}`);
}

/**
 * Returns the path of the file of values that a start has validated, and that have not proved good yet. It has the same
 * layout. A start uses it only if the files on disk are, byte for byte, those of these values.
 */
export function validatedFile(directory: string, key: string): string {
  return join(stateFolder(directory), `${key}${VALIDATED_SUFFIX}`);
}

/** Returns the path of the lock of starts for `key`. */
export function lockFile(directory: string, key: string): string {
  return join(stateFolder(directory), `${key}${LOCK_SUFFIX}`);
}

/**
 * Verifies the content of a file, and takes it apart.
 *
 * @returns what is wrong with the file, as a clause, if anything is
 */
export function decodeState(bytes: Uint8Array, key: string): KeptSnapshot | string {
  // First: nothing of the content is used before all of it is verified.
  const digest = Buffer.from(bytes.subarray(0, DIGEST_BYTES)).toString('hex');
  if (hash('sha256', bytes.subarray(DIGEST_BYTES), 'hex') !== digest) return 'its checksum differs';
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (content.toString('latin1', DIGEST_BYTES, HEAD_LENGTH_OFFSET) !== STATE_MAGIC) return 'it is another file';
  const end = HEAD_OFFSET + content.readUInt32LE(HEAD_LENGTH_OFFSET);
  const head = JSON.parse(content.toString('utf8', HEAD_OFFSET, end)) as StateHead;
  if (head.key !== key) return 'it is of other schemas';
  let offset = end;
  const [payload, catalog, defaults, schemas] = head.lengths.map((length) => {
    offset += length;
    return bytes.subarray(offset - length, offset);
  }) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  // A copy: a snapshot must start at a multiple of 4 bytes, and its buffer may go to another thread.
  return { head, parts: { payload: new Uint8Array(payload), catalog, defaults, schemas } };
}
