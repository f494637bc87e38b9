/** Encodes the file of a kept snapshot. Runs in the watcher thread. The layout is in `src/state/kept.ts`. */
import { createHash } from 'node:crypto';
import { composeSnapshot } from '../../src/codec/compose.js';
import { EncodedSnapshot } from '../../src/codec/decode.js';
import type { NamespaceSchema } from '../../src/schema/namespace-schema.js';
import {
  HEAD_LENGTH_OFFSET,
  HEAD_OFFSET,
  type KeptNamespace,
  PARTS,
  STATE_MAGIC,
  type StateHead,
  type StateParts,
} from '../../src/state/kept.js';
import type { LoadedNamespace } from '../values/results.js';

/** Returns the content of the file, as pieces to write one behind the other. */
export function encodeState(head: Omit<StateHead, 'lengths'>, parts: StateParts): readonly Uint8Array[] {
  const bytes = PARTS.map((name) => parts[name]);
  const text = Buffer.from(JSON.stringify({ ...head, lengths: bytes.map(({ length }) => length) } satisfies StateHead));
  const length = Buffer.alloc(HEAD_OFFSET - HEAD_LENGTH_OFFSET);
  length.writeUInt32LE(text.length);
  const content = [Buffer.from(STATE_MAGIC), length, text, ...bytes];
  const digest = createHash('sha256');
  for (const piece of content) digest.update(piece);
  return [digest.digest(), ...content];
}

/**
 * Composes a published snapshot anew, as the first one of a store: a later start publishes it as its generation 1, and
 * no option may have changed in a later generation than that.
 */
export function composeAsFirst(payload: Uint8Array, schemas: readonly NamespaceSchema[]): Uint8Array<ArrayBuffer> {
  const optionCount = schemas.reduce((sum, { options }) => sum + options.size, 0);
  const snapshot = new EncodedSnapshot(payload, { namespaceCount: schemas.length, optionCount });
  return composeSnapshot({ generation: 1, segments: schemas.map((_, ordinal) => snapshot.segment(ordinal)) });
}

/** Describes the options of all namespaces, for the counts of what is used. A flag is an option without a default. */
export function describeFlags(
  schemas: readonly NamespaceSchema[],
): Pick<StateHead, 'hasPatternFlags' | 'flags' | 'optionCount'> {
  const options = schemas.flatMap((schema) => [...schema.options.values()]);
  return {
    hasPatternFlags: schemas.some(({ hasPatternFlags }) => hasPatternFlags),
    flags: options.flatMap(({ defaultValue }, index) => (defaultValue === undefined ? [index] : [])),
    optionCount: options.length,
  };
}

/** Describes the namespaces of a load, without the places of their files, which differ from start to start. */
export function describeKept(namespaces: ReadonlyMap<string, LoadedNamespace>): StateHead['namespaces'] {
  return [...namespaces].map(([name, { hash, bytes, generatedAt, generatedAtIssue, commit, unknown }]) => [
    name,
    {
      hash,
      bytes,
      generatedAt: generatedAt ?? null,
      generatedAtIssue: generatedAtIssue ?? null,
      commit: commit ?? null,
      unknown: { first: unknown.first, count: unknown.count, digest: unknown.digest },
    },
  ]);
}

/** Restores what {@link describeKept} described. */
export function restoreKept(namespaces: StateHead['namespaces']): ReadonlyMap<string, LoadedNamespace> {
  const restore = ({ generatedAt, generatedAtIssue, commit, ...rest }: KeptNamespace): LoadedNamespace => ({
    ...rest,
    generatedAt: generatedAt ?? undefined,
    generatedAtIssue: generatedAtIssue ?? undefined,
    commit: commit ?? undefined,
    places: [],
  });
  return new Map(namespaces.map(([name, kept]) => [name, restore(kept)]));
}
