/** Builds the part of the status that describes each namespace. Runs in the watcher thread. */
import { describeNamespace } from '../../src/status/describe-namespace.js';
import type { NamespaceStatus } from '../../src/status/record.js';
import type { LoadedNamespace } from '../values/results.js';

/** A published generation. */
interface Publication {
  /** The namespaces that were live before it. */
  readonly before: ReadonlyMap<string, LoadedNamespace>;
  /** The statuses of those namespaces. */
  readonly previous: Readonly<Record<string, NamespaceStatus>>;
  /** When it was published, in milliseconds since 1970. */
  readonly now: number;
  /** Whether it belongs to the start: then its values may be of any age, and were not late. */
  readonly isStart: boolean;
  /** The hash of each namespace's schema, by namespace. */
  readonly schemaHashes: ReadonlyMap<string, string>;
}

/** Describes all namespaces. A namespace whose file is unchanged keeps its previous status, including the delay. */
export function describeNamespaces(
  loaded: ReadonlyMap<string, LoadedNamespace>,
  { before, previous, now, isStart, schemaHashes }: Publication,
): Record<string, NamespaceStatus> {
  // No prototype, and own properties only: `constructor` is a valid name of a namespace.
  const namespaces: Record<string, NamespaceStatus> = Object.create(null);
  for (const [name, namespace] of loaded) {
    const last = Object.hasOwn(previous, name) ? previous[name] : undefined;
    const hashBefore = before.get(name)?.hash ?? null;
    if (last !== undefined && namespace.hash === hashBefore) {
      namespaces[name] = last;
      continue;
    }
    const described = describeNamespace(namespace, schemaHashes.get(name) ?? '', isStart ? undefined : now);
    const isLost = hashBefore !== null && namespace.hash === null;
    namespaces[name] = isLost ? { ...described, lost: { since: new Date(now).toISOString() } } : described;
  }
  return namespaces;
}
