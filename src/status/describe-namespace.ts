/** Describes one namespace for the status. Runs in the watcher thread, and in the owner if it starts from kept values. */
import type { NamespaceStatus } from './record.js';

/** What is known of the values file of a namespace. */
interface KnownFile {
  readonly hash: string | null;
  readonly generatedAt: string | null | undefined;
  readonly commit: string | null | undefined;
  readonly unknown: { readonly first: readonly string[]; readonly count: number };
}

/** Describes a namespace whose values are published at `now`, in milliseconds since 1970. */
export function describeNamespace(
  { generatedAt, commit, unknown, hash }: KnownFile,
  now: number,
  schemaHash: string,
): NamespaceStatus {
  return {
    generatedAt: generatedAt ?? null,
    delaySecs: typeof generatedAt !== 'string' ? null : Math.max(0, now - Date.parse(generatedAt)) / 1000,
    commit: commit ?? null,
    unknownKeys: unknown.first,
    unknownCount: unknown.count,
    valuesHash: hash,
    schemaHash,
    held: null,
  };
}
