/** What a reload has brought: the figures of the transactions and of `onPropagation`. Pure; runs in the watcher. */

/** A namespace, as a reload left it. */
import type { StatusRecord } from '../../src/status/record.js';
export interface NamespaceReload {
  readonly name: string;
  /** When its values were made, RFC 3339; null where the file does not say so in a way that can be read. */
  readonly generatedAt: string | null;
  /** Seconds from then until the reload was published, never negative; null where `generatedAt` is. */
  readonly delaySecs: number | null;
  /** Whether this reload brought that `generatedAt`, or the namespace had it before. */
  readonly isNew: boolean;
}

/** A successful reload. */
export interface Reload {
  /** When its values were published, RFC 3339. */
  readonly appliedAt: string;
  /** How long it took to load and publish them, in milliseconds, by the monotonic clock. */
  readonly durationMs: number;
  readonly namespaces: readonly NamespaceReload[];
}

/** The reload that made `after` of `before`. `after` has been published. */
export function describeReload(before: StatusRecord, after: StatusRecord): Reload {
  const appliedAt = after.appliedAt ?? new Date().toISOString();
  const namespaces = Object.entries(after.namespaces).map(([name, { generatedAt }]) => ({
    name,
    generatedAt,
    delaySecs: generatedAt === null ? null : Math.max(0, Date.parse(appliedAt) - Date.parse(generatedAt)) / 1000,
    isNew: generatedAt !== null && generatedAt !== (before.namespaces[name]?.generatedAt ?? null),
  }));
  return { appliedAt, durationMs: after.reloadMs ?? 0, namespaces };
}
