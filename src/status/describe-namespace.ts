/** Describes one namespace for the status. Runs in the watcher thread, and in the owner if it starts from kept values. */
import type { NamespaceStatus } from './record.js';

/** What is known of the values file of a namespace. */
interface KnownFile {
  readonly hash: string | null;
  readonly generatedAt: string | null | undefined;
  readonly commit: string | null | undefined;
  readonly unknown: { readonly first: readonly string[]; readonly count: number };
}

/**
 * Describes a namespace whose values are published.
 *
 * @param arrivedAt when a reload published them, in milliseconds since 1970; undefined for the values of a start, which may
 *   be months old although they were never late
 */
export function describeNamespace(
  { generatedAt, commit, unknown, hash }: KnownFile,
  schemaHash: string,
  arrivedAt?: number,
): NamespaceStatus {
  return {
    generatedAt: generatedAt ?? null,
    delaySecs: generatedAt && arrivedAt ? Math.max(0, arrivedAt - Date.parse(generatedAt)) / 1000 : null,
    commit: commit ?? null,
    unknownKeys: unknown.first,
    unknownCount: unknown.count,
    valuesHash: hash,
    schemaHash,
    held: null,
    lost: null,
  };
}
