/** Computes the figures of a reload, for its transactions and for `onPropagation`. Runs in the watcher thread. Pure. */
import { wallTime } from '../../src/common/host-time.js';
import type { StatusRecord } from '../../src/status/record.js';

/** A namespace after a reload. */
export interface NamespaceReload {
  readonly name: string;
  /** When CI generated its values, RFC 3339; null if the file has no valid `generated_at`. */
  readonly generatedAt: string | null;
  /** Seconds from `generatedAt` until the reload was published, never negative; null if `generatedAt` is null. */
  readonly delaySecs: number | null;
  /** Whether `generatedAt` is new with this reload, and the start has ended before it. */
  readonly isNew: boolean;
}

/** A successful reload. */
export interface Reload {
  /** When it published its values, RFC 3339. */
  readonly appliedAt: string;
  /** Time to load and publish the values, in milliseconds, by the monotonic clock. */
  readonly durationMs: number;
  /** Without those that keep their last values. */
  readonly namespaces: readonly NamespaceReload[];
}

/** Describes the reload between two status records. `after` must be published. */
export function describeReload(before: StatusRecord, after: StatusRecord): Reload {
  const appliedAt = after.appliedAt ?? new Date(wallTime()).toISOString();
  // The reload of a namespace that keeps its last values has failed.
  const reloaded = Object.entries(after.namespaces).filter(([, { held }]) => held === null);
  const namespaces = reloaded.map(([name, { generatedAt, delaySecs }]) => ({
    name,
    generatedAt,
    delaySecs: generatedAt === null ? null : Math.max(0, Date.parse(appliedAt) - Date.parse(generatedAt)) / 1000,
    isNew: generatedAt !== null && delaySecs !== null && generatedAt !== (before.namespaces[name]?.generatedAt ?? null),
  }));
  return { appliedAt, durationMs: after.reloadMs ?? 0, namespaces };
}
